# Rack, Rails and Ruby's own libraries, as readers.
#
# A line of standard input is a message, a line of standard output is what each reader made of it:
# {"query": {READER: TREE}, "cookie": {...}, "header": {...}, "body": {...}}. A reader that refuses has no tree.

require "action_controller"
require "action_dispatch"
require "csv"
require "json"
require "rack"
require "stringio"

# The environment that a server makes of the message (Rack specification).
def environment(message)
  path, _, query = message["target"].partition("?")
  made = {
    "REQUEST_METHOD" => message["method"], "SCRIPT_NAME" => "", "PATH_INFO" => path, "QUERY_STRING" => query,
    "SERVER_NAME" => "localhost", "SERVER_PORT" => "80", "SERVER_PROTOCOL" => "HTTP/1.1", "rack.version" => [1, 3],
    "rack.url_scheme" => "http", "rack.input" => StringIO.new(message["bytes"]), "rack.errors" => $stderr,
    "CONTENT_LENGTH" => message["bytes"].bytesize.to_s,
  }
  message["headers"].each do |name, value|
    # RFC 3875, section 4.1.18.
    key = name.upcase.tr("-", "_")
    key = "HTTP_#{key}" unless %w[CONTENT_TYPE CONTENT_LENGTH].include?(key)
    made[key] = value.encode("ISO-8859-1").b
  end
  made
end

# What a program finds in a form: texts, and rows where a file called `people` came. Other files are no fields.
def tree(value, name = nil)
  case value
  when Hash
    return (name == "people" ? rows(value[:tempfile].read) : nil) if value.key?(:tempfile)
    value.to_h { |key, inner| [text(key), tree(inner, name || key.to_s)] }
  when Array then value.map { |inner| tree(inner, name) }
  when ActionDispatch::Http::UploadedFile then name == "people" ? rows(value.read) : nil
  when String then text(value)
  else value
  end
end

def text(value)
  value.to_s.dup.force_encoding("UTF-8").scrub
end

def rails(message)
  ActionDispatch::Request.new(environment(message))
end

def rows(bytes, **options)
  CSV.parse(text(bytes), headers: true, **options).map(&:to_h)
end

QUERY = {
  "rack" => ->(m) { tree(Rack::Request.new(environment(m)).GET) },
  "rails" => ->(m) { tree(rails(m).query_parameters) },
}
COOKIE = {
  "rack" => ->(m) { tree(Rack::Request.new(environment(m)).cookies) },
  "rails" => ->(m) { tree(rails(m).cookies) },
}
HEADER = {
  "rack" => ->(m) { { "x-user-email" => Rack::Request.new(environment(m)).get_header("HTTP_X_USER_EMAIL") } },
  "rails" => ->(m) { { "x-user-email" => rails(m).headers["X-User-Email"] } },
}
FORM = {
  "rack" => ->(m) { tree(Rack::Request.new(environment(m)).POST) },
  "rails" => ->(m) { tree(rails(m).request_parameters) },
}
JSON_TEXT = { "json" => ->(m) { tree(JSON.parse(m["bytes"])) } }
CSV_TEXT = {
  "csv" => ->(m) { rows(m["bytes"]) },
  "csv-symbols" => ->(m) { rows(m["bytes"], header_converters: :symbol) },
  "csv-liberal" => ->(m) { rows(m["bytes"], liberal_parsing: true) },
}
BODY = {
  "form" => FORM.merge(JSON_TEXT), "multipart" => FORM.merge(JSON_TEXT), "json" => JSON_TEXT.merge(FORM), "csv" => CSV_TEXT.merge(FORM),
}

def read(readers, message)
  readers.each_with_object({}) do |(name, reader), trees|
    trees[name] = reader.call(message)
  rescue StandardError
    # A reader that refuses has read nothing.
  end
end

$stdin.binmode
$stdout.sync = true
versions = "Ruby #{RUBY_VERSION}, Rack #{Rack.release}, Rails #{ActionPack.version}, json #{JSON::VERSION}, csv #{CSV::VERSION}"
puts JSON.generate(versions: versions)
$stdin.each_line do |line|
  message = JSON.parse(line)
  message["bytes"] = message["body"].unpack1("m").b
  answer = {
    query: read(QUERY, message), cookie: read(COOKIE, message), header: read(HEADER, message), body: read(BODY.fetch(message["kind"], {}), message),
  }
  puts JSON.generate(answer, allow_nan: true, max_nesting: 0)
end
