// Tomcat's parameters, parts and cookies, Spring's data binding and Jackson, as readers.
//
// An HTTP server on a port that the system chooses and that it prints. Its answer is what each reader made of the message:
// {"query": {READER: TREE}, "cookie": {...}, "header": {...}, "body": {...}}. A reader that refuses has no tree.

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.servlet.MultipartConfigElement;
import javax.servlet.ServletException;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import javax.servlet.http.Part;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.tomcat.util.http.LegacyCookieProcessor;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.http.ServerCookies;
import org.springframework.beans.MutablePropertyValues;
import org.springframework.core.SpringVersion;
import org.springframework.web.bind.ServletRequestDataBinder;

public class Reader extends HttpServlet {
    /** What a Spring application binds a form to. */
    public static class Person {
        private String email;
        private Person user;
        private List<String> phones = new ArrayList<>();
        private List<Person> users = new ArrayList<>();

        public String getEmail() { return email; }
        public void setEmail(String value) { email = value; }
        public Person getUser() { return user; }
        public void setUser(Person value) { user = value; }
        public List<String> getPhones() { return phones; }
        public void setPhones(List<String> value) { phones = value; }
        public List<Person> getUsers() { return users; }
        public void setUsers(List<Person> value) { users = value; }
    }

    private static final ObjectMapper STRICT = new ObjectMapper();
    private static final ObjectMapper LENIENT = JsonMapper.builder()
        .configure(JsonParser.Feature.ALLOW_COMMENTS, true)
        .configure(JsonParser.Feature.ALLOW_YAML_COMMENTS, true)
        .configure(JsonParser.Feature.ALLOW_SINGLE_QUOTES, true)
        .configure(JsonParser.Feature.ALLOW_UNQUOTED_FIELD_NAMES, true)
        .build();
    private static final ObjectMapper FOLD = JsonMapper.builder()
        .configure(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES, true)
        .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
        .build();

    private interface Read { Object get() throws Exception; }

    private static void put(Map<String, Object> trees, String name, Read read) {
        try {
            trees.put(name, read.get());
        } catch (Exception | LinkageError refused) {
            // A reader that refuses has read nothing.
        }
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        String type = request.getContentType() == null ? "" : request.getContentType();
        Map<String, Object> body = new LinkedHashMap<>();
        Map<String, Object> query = new LinkedHashMap<>();
        Map<String, Object> cookie = new LinkedHashMap<>();
        String kind = request.getHeader("X-Oracle-Kind");
        // Parameters of query and body are one map to a servlet, so a message of the suite has rules for one of them only.
        Map<String, Object> place = kind.equals("query") ? query : body;
        if (kind.equals("json") || kind.equals("csv") || kind.equals("fold")) {
            byte[] bytes = request.getInputStream().readAllBytes();
            put(body, "jackson", () -> STRICT.readValue(bytes, Object.class));
            put(body, "jackson-lenient", () -> LENIENT.readValue(bytes, Object.class));
            if (!kind.equals("csv")) put(body, "jackson-fold", () -> FOLD.readValue(bytes, Person.class));
        } else {
            if (type.toLowerCase().contains("multipart")) put(body, "tomcat-parts", () -> parts(request));
            put(place, "tomcat", () -> parameters(request));
            put(place, "spring", () -> bound(request));
        }
        put(cookie, "tomcat", () -> cookies(request));
        put(cookie, "tomcat-legacy", () -> legacy(request));
        Map<String, Object> header = new LinkedHashMap<>();
        put(header, "tomcat", () -> Map.of("x-user-email", java.util.Collections.list(request.getHeaders("X-User-Email"))));
        Map<String, Object> answer = new HashMap<>();
        answer.put("query", query);
        answer.put("body", body);
        answer.put("cookie", cookie);
        answer.put("header", header);
        response.getOutputStream().write(STRICT.writeValueAsBytes(answer));
    }

    private static Object parameters(HttpServletRequest request) {
        Map<String, Object> tree = new HashMap<>();
        request.getParameterMap().forEach((name, values) -> tree.put(name, Arrays.asList(values)));
        return tree;
    }

    /** Binds one parameter after the other, so that one that Spring refuses does not hide the others. */
    private static Object bound(HttpServletRequest request) {
        Person person = new Person();
        request.getParameterMap().forEach((name, values) -> {
            try {
                Object value = values.length == 1 ? values[0] : values;
                new ServletRequestDataBinder(person).bind(new MutablePropertyValues(Map.of(name, value)));
            } catch (RuntimeException refused) {
                // This parameter is read by nobody.
            }
        });
        return person;
    }

    private static Object parts(HttpServletRequest request) throws Exception {
        Map<String, List<Object>> tree = new HashMap<>();
        for (Part part : request.getParts()) {
            String text = new String(part.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            // A part has a stream, whether it was sent as a file or not: as Spring binds `@RequestPart`.
            List<Object> named = tree.computeIfAbsent(part.getName(), name -> new ArrayList<>());
            boolean isFile = part.getSubmittedFileName() != null;
            if (!isFile || !"people".equals(part.getName())) named.add(text);
            if ("people".equals(part.getName())) named.addAll(rows(text));
            if (part.getContentType() != null && part.getContentType().startsWith("application/json")) {
                try {
                    named.add(STRICT.readValue(text, Object.class));
                } catch (java.io.IOException broken) {
                    // It is no JSON.
                }
            }
        }
        return tree;
    }

    /** The simplest CSV reader there is, as many a program has one: lines and commas. */
    private static List<Map<String, String>> rows(String text) {
        List<Map<String, String>> rows = new ArrayList<>();
        String[] lines = text.split("\\R");
        String[] names = lines[0].split(",");
        for (int line = 1; line < lines.length; line++) {
            String[] cells = lines[line].split(",");
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < Math.min(cells.length, names.length); i++) row.put(names[i], cells[i]);
            rows.add(row);
        }
        return rows;
    }

    private static Object cookies(HttpServletRequest request) {
        Map<String, List<String>> tree = new HashMap<>();
        Cookie[] all = request.getCookies();
        for (Cookie one : all == null ? new Cookie[0] : all) {
            tree.computeIfAbsent(one.getName(), name -> new ArrayList<>()).add(one.getValue());
        }
        return tree;
    }

    private static Object legacy(HttpServletRequest request) {
        MimeHeaders headers = new MimeHeaders();
        request.getHeaders("Cookie").asIterator().forEachRemaining(line -> {
            byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
            headers.addValue("Cookie").setBytes(bytes, 0, bytes.length);
        });
        ServerCookies parsed = new ServerCookies(4);
        new LegacyCookieProcessor().parseCookieHeader(headers, parsed);
        Map<String, List<String>> tree = new HashMap<>();
        for (int i = 0; i < parsed.getCookieCount(); i++) {
            tree.computeIfAbsent(parsed.getCookie(i).getName().toString(), name -> new ArrayList<>()).add(parsed.getCookie(i).getValue().toString());
        }
        return tree;
    }

    public static void main(String[] arguments) throws Exception {
        java.util.logging.LogManager.getLogManager().reset();
        File folder = Files.createTempDirectory(new File(arguments[0]).toPath(), "tomcat").toFile();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.getPath());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        tomcat.getConnector().setProperty("relaxedQueryChars", "<>[\\]^`{|}\"");
        tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
        tomcat.getConnector().setProperty("keepAliveTimeout", "-1");
        tomcat.getConnector().setMaxParameterCount(100_000);
        Context context = tomcat.addContext("", folder.getPath());
        Tomcat.addServlet(context, "reader", new Reader()).setMultipartConfigElement(new MultipartConfigElement(folder.getPath()));
        context.addServletMappingDecoded("/*", "reader");
        tomcat.start();
        System.out.printf("{\"port\": %d, \"versions\": \"Java %s, %s, Spring %s, Jackson %s\"}%n", tomcat.getConnector().getLocalPort(),
            System.getProperty("java.version"), ServerInfo.getServerInfo(), SpringVersion.getVersion(), STRICT.version());
        System.out.flush();
        // The suite ends its readers by closing their standard input.
        System.in.transferTo(java.io.OutputStream.nullOutputStream());
        System.exit(0);
    }
}
