{{- define "cloakroom.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains "cloakroom" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-cloakroom" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "cloakroom.selector" -}}
app.kubernetes.io/name: cloakroom
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cloakroom.labels" -}}
{{ include "cloakroom.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "cloakroom.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "cloakroom.rulesConfigMap" -}}
{{- .Values.rules.existingConfigMap | default (printf "%s-rules" (include "cloakroom.name" .)) -}}
{{- end -}}

{{/* The program's own configuration: the file of `cloakroom serve --config`. */}}
{{- define "cloakroom.config" -}}
{{- $config := dict "upstreams" .Values.upstreams "rules" "/etc/cloakroom/rules" -}}
{{- if .Values.tls.existingSecret -}}
{{- $tls := dict "cert" "/etc/cloakroom/tls/tls.crt" "key" "/etc/cloakroom/tls/tls.key" -}}
{{- $_ := set $config "listen" (dict "address" "0.0.0.0:8080" "tls" $tls) -}}
{{- else -}}
{{- $_ := set $config "listen" "0.0.0.0:8080" -}}
{{- end -}}
{{- $service := printf "%s-admin" (include "cloakroom.name" .) -}}
{{- $hosts := list $service -}}
{{- range list "" ".svc" ".svc.cluster.local" -}}
{{- $hosts = append $hosts (printf "%s.%s%s" $service $.Release.Namespace .) -}}
{{- end -}}
{{- $_ := set $config "admin" (dict "listen" "0.0.0.0:8081" "hosts" (concat $hosts .Values.admin.hosts)) -}}
{{- $_ := set $config "keys" (dict "file" (printf "/etc/cloakroom/keys/%s" .Values.keyring.key)) -}}
{{- $_ := set $config "audit" (dict "path" "/data/audit/journal") -}}
{{- if eq .Values.vault.type "redis" -}}
{{- $redis := dict "url" .Values.vault.redis.url -}}
{{- if .Values.vault.redis.passwordSecret -}}
{{- $_ := set $redis "password_file" (printf "/etc/cloakroom/redis/%s" .Values.vault.redis.passwordKey) -}}
{{- end -}}
{{- if .Values.vault.redis.caSecret -}}
{{- $_ := set $redis "ca" (printf "/etc/cloakroom/redis-ca/%s" .Values.vault.redis.caKey) -}}
{{- end -}}
{{- $_ := set $config "vault" (dict "redis" $redis) -}}
{{- else -}}
{{- $_ := set $config "vault" (dict "embedded" (dict "path" "/data/vault/db")) -}}
{{- end -}}
{{- $identity := list -}}
{{- if .Values.identity.apiKeys.existingSecret -}}
{{- $file := printf "/etc/cloakroom/api-keys/%s" .Values.identity.apiKeys.key -}}
{{- $identity = append $identity (dict "api_keys" (dict "file" $file)) -}}
{{- end -}}
{{- range .Values.identity.jwt -}}
{{- $identity = append $identity (dict "jwt" .) -}}
{{- end -}}
{{- range .Values.identity.forwardAuth -}}
{{- $identity = append $identity (dict "forward_auth" .) -}}
{{- end -}}
{{- if $identity -}}
{{- $_ := set $config "identity" $identity -}}
{{- end -}}
{{- $limits := deepCopy .Values.limits -}}
{{- $timeouts := get $limits "timeouts" | default dict -}}
{{- $_ := set $timeouts "drain" (printf "%ds" (int .Values.shutdown.drainSeconds)) -}}
{{- $_ := set $limits "timeouts" $timeouts -}}
{{- $_ := set $config "limits" $limits -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Combinations that a schema cannot refuse. */}}
{{- define "cloakroom.check" -}}
{{- $many := or .Values.autoscaling.enabled (gt (int .Values.replicas) 1) -}}
{{- if and $many (ne .Values.vault.type "redis") -}}
{{- fail "more than one gateway needs vault.type=redis: the embedded vault has one writer" -}}
{{- end -}}
{{- if not .Values.upstreams -}}
{{- fail "upstreams: name at least one application behind the gateway" -}}
{{- end -}}
{{- if not .Values.keyring.existingSecret -}}
{{- fail "keyring.existingSecret: make a keyring with `cloakroom keys init`, store it as a Secret, name that here" -}}
{{- end -}}
{{- if and (not .Values.rules.files) (not .Values.rules.existingConfigMap) -}}
{{- fail "rules: give rules.files or rules.existingConfigMap; without rules nothing is protected" -}}
{{- end -}}
{{- if and .Values.rules.files .Values.rules.existingConfigMap -}}
{{- fail "rules: give rules.files or rules.existingConfigMap, not both" -}}
{{- end -}}
{{- if and (eq .Values.vault.type "redis") (not .Values.vault.redis.url) -}}
{{- fail "vault.redis.url: where is Redis?" -}}
{{- end -}}
{{- if hasKey (get .Values.limits "timeouts" | default dict) "drain" -}}
{{- fail "limits.timeouts.drain: set shutdown.drainSeconds instead, so that the pod gets the time" -}}
{{- end -}}
{{- $needed := add (int .Values.shutdown.preStopSeconds) (int .Values.shutdown.drainSeconds) -}}
{{- if le (int .Values.shutdown.terminationGracePeriodSeconds) (int $needed) -}}
{{- fail "shutdown.terminationGracePeriodSeconds must be more than preStopSeconds + drainSeconds" -}}
{{- end -}}
{{- end -}}

{{- define "cloakroom.claim" -}}
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata:
    name: {{ .name }}
  spec:
    # One node at a time; a volume that two pods write is never right here.
    accessModes: [ReadWriteOnce]
    {{- with .persistence.storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests:
        storage: {{ .persistence.size }}
{{- end -}}
