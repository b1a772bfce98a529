<?php
// PHP, as a reader: $_GET, $_POST, $_COOKIE and $_FILES as its own parsers made them, json_decode and fgetcsv on the body.
// Runs under php-cgi. Its answer is what each reader made of the message.

function rows(string $file, string $separator = ','): array
{
    $stream = fopen($file, 'r');
    $names = fgetcsv($stream, null, $separator) ?: [];
    $rows = [];
    while (($row = fgetcsv($stream, null, $separator)) !== false) {
        $rows[] = array_combine(array_slice($names, 0, count($row)), array_slice($row, 0, count($names)));
    }
    return $rows;
}

$kind = $_SERVER['HTTP_X_ORACLE_KIND'] ?? '';
$form = $_POST;
// A program that wants the file `people` opens it by that name.
if (isset($_FILES['people'])) {
    foreach ((array) $_FILES['people']['tmp_name'] as $file) {
        if (is_string($file) && is_file($file)) {
            $form['people'] = array_merge((array) ($form['people'] ?? []), rows($file));
        }
    }
}

$body = ['$_POST' => $form];
$input = file_get_contents('php://input');
if ($input !== '') {
    $json = json_decode($input, true);
    if ($json !== null) {
        $body['json_decode'] = $json;
    }
    if ($kind === 'csv') {
        foreach ([',', ';', "\t"] as $separator) {
            try {
                $body["fgetcsv $separator"] = rows('php://input', $separator);
            } catch (Throwable) {
                // It has read nothing.
            }
        }
    }
    // What programs do that read a form of another method than POST.
    if ($kind === 'form') {
        parse_str($input, $parsed);
        $body['parse_str'] = $parsed;
    }
}

$header = ['$_SERVER' => ['x-user-email' => $_SERVER['HTTP_X_USER_EMAIL'] ?? null]];
header('Content-Type: application/json');
echo json_encode(
    [
        'versions' => 'PHP ' . PHP_VERSION,
        'query' => ['$_GET' => $_GET],
        'cookie' => ['$_COOKIE' => $_COOKIE],
        'header' => $header,
        'body' => $body,
    ],
    JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR,
);
