// Express with its parsers, multer, busboy, formidable, qs and CSV libraries, as readers.
//
// An HTTP server on a port that the system chooses and that it prints. Its answer is what each reader made of the message:
// {"query": {READER: TREE}, "cookie": {...}, "header": {...}, "body": {...}}. A reader that refuses has no tree.

const { createRequire } = require("node:module");
const fs = require("node:fs");
const http = require("node:http");
const { Readable } = require("node:stream");
const querystring = require("node:querystring");

// The modules are in a folder of their own, so that nothing is installed beside the source.
const load = createRequire(process.argv[2] + "/");
const bodyParser = load("body-parser");
const busboy = load("busboy");
const cookie = load("cookie");
const cookieParser = load("cookie-parser");
const csvParse = load("csv-parse/sync");
const express = load("express");
const { formidable } = load("formidable");
const json5 = load("json5");
const multer = load("multer");
const papaparse = load("papaparse");
const qs = load("qs");

const many = { limit: "16mb", parameterLimit: 100000 };
const rows = (text) => csvParse.parse(text, { columns: true, bom: true, relax_column_count: true });

// A request that can be read again: each reader gets the same head and its own stream of the body.
function again(request, body) {
  const copy = Readable.from(body.length ? [body] : []);
  return Object.assign(copy, {
    headers: request.headers, rawHeaders: request.rawHeaders, method: request.method, url: request.url, httpVersion: "1.1", socket: request.socket,
  });
}

// Runs a middleware of Express and gives what it left in `body`.
function middleware(handle, place = "body") {
  return (request) =>
    new Promise((resolve, reject) => handle(request, {}, (error) => (error ? reject(error) : resolve(request[place]))));
}

function pairsToLists(pairs) {
  const tree = Object.create(null);
  for (const [name, value] of pairs) (tree[name] ??= []).push(value);
  return tree;
}

async function readBusboy(request) {
  const pairs = [];
  await new Promise((resolve, reject) => {
    const parser = busboy({ headers: request.headers });
    parser.on("field", (name, value) => pairs.push([name, value]));
    parser.on("file", (name, stream) => {
      const chunks = [];
      stream.on("data", (chunk) => chunks.push(chunk));
      stream.on("end", () => name === "people" && pairs.push([name, rows(Buffer.concat(chunks).toString())]));
    });
    parser.on("close", resolve);
    parser.on("error", reject);
    request.pipe(parser);
  });
  return pairsToLists(pairs);
}

async function readMulter(request) {
  const body = await new Promise((resolve, reject) =>
    multer().any()(request, {}, (error) => (error ? reject(error) : resolve(request.body))));
  const tree = Object.assign(Object.create(null), body);
  for (const file of request.files ?? []) if (file.fieldname === "people") tree.people = rows(file.buffer.toString());
  return tree;
}

async function readFormidable(request) {
  const [fields, files] = await formidable({ allowEmptyFiles: true, minFileSize: 0 }).parse(request);
  const tree = Object.assign(Object.create(null), fields);
  for (const [name, list] of Object.entries(files))
    for (const file of list) {
      if (name === "people") (tree.people ??= []).push(rows(fs.readFileSync(file.filepath).toString()));
      fs.unlinkSync(file.filepath);
    }
  return tree;
}

const text = (body) => body.toString("utf8");
const everything = () => true;
const QUERY = {
  qs: (r) => qs.parse(queryOf(r), { allowPrototypes: true }),
  "qs-dots": (r) => qs.parse(queryOf(r), { allowDots: true }),
  querystring: (r) => querystring.parse(queryOf(r)),
  URLSearchParams: (r) => pairsToLists(new URLSearchParams(queryOf(r))),
};
function queryOf(request) {
  // parseurl, which Express asks, takes all behind the first question mark.
  return request.url.replace(/^[^?]*\??/, "");
}
const COOKIE = { cookie: (r) => cookie.parse(r.headers.cookie ?? ""), "cookie-parser": middleware(cookieParser(), "cookies") };
const HEADER = { headers: (r) => r.headers, "express-get": (r) => ({ "x-user-email": express.request.get.call(r, "X-User-Email") }) };
const URLENCODED = {
  "express-extended": middleware(express.urlencoded({ extended: true, ...many })),
  "express-simple": middleware(express.urlencoded({ extended: false, ...many })),
};
const QS_DOTS = { "qs-dots": (r, body) => qs.parse(text(body), { allowDots: true, parameterLimit: 100000 }) };
const MULTIPART = { busboy: readBusboy, multer: readMulter, formidable: readFormidable };
const JSON_TEXT = {
  "express-json": middleware(express.json({ strict: false, limit: "16mb" })),
  "express-json-any": middleware(express.json({ strict: false, type: everything, limit: "16mb" })),
  json5: (r, body) => json5.parse(text(body)),
};
// A program that takes the separator from the row of names: the sign that it has most of.
function separatorOf(table) {
  const count = (sign) => table.split("\n", 1)[0].split(sign).length;
  return [",", ";", "\t", "|"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}
const CSV_TEXT = {
  "csv-parse": (r, body) => rows(text(body)),
  "csv-parse-trim": (r, body) =>
    csvParse.parse(text(body), { columns: true, bom: true, trim: true, relax_quotes: true, relax_column_count: true, delimiter: separatorOf(text(body)) }),
  papaparse: (r, body) => papaparse.parse(text(body), { header: true, skipEmptyLines: true }).data,
  "papaparse-trim": (r, body) => papaparse.parse(text(body), { header: true, transformHeader: (name) => name.trim() }).data,
};
const BODY = {
  form: { ...URLENCODED, ...QS_DOTS, ...JSON_TEXT, busboy: readBusboy },
  multipart: { ...MULTIPART, ...JSON_TEXT, ...URLENCODED },
  json: { ...JSON_TEXT, ...URLENCODED, ...MULTIPART },
  csv: { ...CSV_TEXT, ...JSON_TEXT, ...URLENCODED, ...MULTIPART },
};

async function read(readers, request, body) {
  const trees = {};
  for (const [name, reader] of Object.entries(readers)) {
    try {
      trees[name] = await Promise.race([reader(again(request, body), body), stalled()]);
    } catch {
      // A reader that refuses has read nothing.
    }
  }
  return trees;
}

// A parser that waits for more than the message has, has read nothing.
function stalled() {
  return new Promise((_, reject) => setTimeout(reject, 500, new Error("stalled")).unref());
}

// Some parsers throw where nobody can catch it; that ends in `stalled`.
process.on("uncaughtException", () => {});
console.warn = () => {};

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const kind = request.headers["x-oracle-kind"];
  const answer = {
    query: await read(QUERY, request, body),
    cookie: await read(COOKIE, request, body),
    header: await read(HEADER, request, body),
    body: body.length ? await read(BODY[kind] ?? {}, request, body) : {},
  };
  response.end(JSON.stringify(answer));
});
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  const names = ["express", "body-parser", "qs", "busboy", "multer", "formidable", "cookie", "csv-parse", "papaparse", "json5"];
  const path = (name) => fs.readFileSync(`${process.argv[2]}/node_modules/${name}/package.json`);
  const versions = names.map((name) => `${name} ${JSON.parse(path(name)).version}`);
  console.log(JSON.stringify({ port: server.address().port, versions: `Node ${process.version}, ${versions.join(", ")}` }));
});
// The suite ends its readers by closing their standard input.
process.stdin.on("end", () => process.exit(0)).resume();
