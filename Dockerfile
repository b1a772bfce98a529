# The gateway as an image: one binary, no shell, not root.
#
#   docker build -t cloakroom .
#   docker run --rm -p 8080:8080 -v "$PWD/deploy:/etc/cloakroom:ro" -v cloakroom:/data cloakroom
#
# Both stages are Debian 12, so that the binary finds the C library that it was linked with.

FROM rust:1.95-bookworm AS build
WORKDIR /build
# gcc of the base image is all that aws-lc-sys needs. Manifest and sources in one step: the manifest
# names the test and bench targets, so Cargo wants to see them.
COPY . .
RUN cargo build --locked --profile dist --bin cloakroom \
 && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
# User and group 65532 own the folder of vault and journal; a new volume inherits that.
COPY --from=build --chown=65532:65532 /data /data
COPY --from=build /build/target/dist/cloakroom /usr/local/bin/cloakroom
USER 65532:65532
VOLUME /data
# Data path and admin, as the chart and the sample configuration have them.
EXPOSE 8080 8081
# SIGTERM drains; Docker's ten seconds are too short for that: `docker stop --time 30`.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/cloakroom"]
CMD ["serve", "--config", "/etc/cloakroom/cloakroom.yaml"]
