// Go's standard library, as a reader: net/http forms, multipart forms and cookies, encoding/json, encoding/csv.
//
// An HTTP server on a port that the system chooses and that it prints. Its answer is what each reader made of the message:
// {"query": {READER: TREE}, "cookie": {...}, "header": {...}, "body": {...}}. A reader that refuses has no tree.
package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
)

type trees map[string]interface{}

// What a Go program declares; encoding/json does not mind the case of names.
type person struct {
	Email  interface{}   `json:"email"`
	User   *person       `json:"user,omitempty"`
	Phones []interface{} `json:"phones"`
	Users  []person      `json:"users,omitempty"`
	People []person      `json:"people,omitempty"`
}

func rows(input io.Reader, comma rune, lazy bool) (interface{}, error) {
	reader := csv.NewReader(input)
	reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord, reader.TrimLeadingSpace = comma, lazy, -1, lazy
	names, err := reader.Read()
	if err != nil {
		return nil, err
	}
	rows := []map[string]string{}
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, nil
		}
		row := map[string]string{}
		for i, cell := range record {
			if i < len(names) {
				row[names[i]] = cell
			}
		}
		rows = append(rows, row)
	}
}

// again gives a request whose body can be read once more.
func again(request *http.Request, body []byte) *http.Request {
	copied := request.Clone(request.Context())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	return copied
}

func form(request *http.Request, body []byte) interface{} {
	copied := again(request, body)
	tree := map[string]interface{}{}
	if err := copied.ParseMultipartForm(16 << 20); err != nil && copied.PostForm == nil {
		return nil
	}
	for name, values := range copied.PostForm {
		tree[name] = values
	}
	if copied.MultipartForm != nil {
		for name, values := range copied.MultipartForm.Value {
			tree[name] = values
		}
		for _, header := range copied.MultipartForm.File["people"] {
			if file, err := header.Open(); err == nil {
				tree["people"], _ = rows(file, ',', false)
			}
		}
	}
	return tree
}

func texts(body []byte, kind string) trees {
	read := trees{}
	var decoded interface{}
	if json.NewDecoder(bytes.NewReader(body)).Decode(&decoded) == nil {
		read["json-decoder"] = decoded
	}
	var declared person
	if (kind == "json" || kind == "fold") && json.NewDecoder(bytes.NewReader(body)).Decode(&declared) == nil {
		read["json-struct"] = declared
	}
	if kind == "csv" {
		if table, err := rows(bytes.NewReader(body), ',', false); err == nil {
			read["csv"] = table
		}
		if table, err := rows(bytes.NewReader(body), ',', true); err == nil {
			read["csv-lazy"] = table
		}
	}
	return read
}

func answer(writer http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	kind := request.Header.Get("X-Oracle-Kind")
	cookies := map[string][]string{}
	for _, cookie := range request.Cookies() {
		cookies[cookie.Name] = append(cookies[cookie.Name], cookie.Value)
	}
	headers := map[string][]string{"x-user-email": request.Header.Values("X-User-Email")}
	read := texts(body, kind)
	if tree := form(request, body); tree != nil {
		read["form"] = tree
	}
	reply := map[string]trees{"query": {"url": request.URL.Query()}, "cookie": {"cookies": cookies}, "header": {"header": headers}, "body": read}
	json.NewEncoder(writer).Encode(reply)
}

func main() {
	log.SetOutput(io.Discard)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("{\"port\": %d, \"versions\": \"%s\"}\n", listener.Addr().(*net.TCPAddr).Port, runtime.Version())
	// The suite ends its readers by closing their standard input.
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	http.Serve(listener, http.HandlerFunc(answer))
}
