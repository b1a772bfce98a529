//! Values that try to leave their place.

/// Ways out of a place.
const BREAKERS: [&str; 60] = [
    "", "\"", "'", "`", ">", "\">", "'>", "-->", "--!>", "->", "]]>", "*/", "</p>", "</title>",
    "</textarea>", "</script>", "</style>", "</noscript>", "</template>", "</iframe>", "</select>",
    "</xmp>", "</svg>", "</math>", "</TITLE\t>", "</textarea/x>", "</script\u{20}", "<!--", "<![CDATA[",
    "<?", " ", "\t", "\n", "\r", "\r\n", "\u{a0}", "\u{2028}", "\u{2029}", "/", "\\", "\\\"", "\\'",
    "\\u0022", "\\x22", "${", "#{", "{{", "%22%3E", "%3Cp%3E", "&quot;>", "&#34;>", "&#x22>", "&gt",
    "&lt;", "&apos;>", "&NewLine;", "\u{ff1e}", "\u{2032}", "\u{feff}", "=",
];

/// What would then run.
const PAYLOADS: [&str; 16] = [
    "<script>fire()</script>", "<img src=x onerror=fire()>", "<svg onload=fire()>",
    "<svg/onload=fire()//", " onmouseover=fire() ", " autofocus onfocus=fire() x=",
    "<iframe srcdoc='<script>parent.fire()</script>'>", "javascript:fire()", ";fire();//",
    "+fire()+", "fire()}", "<math><mi//xlink:href=javascript:fire()>", "<body onload=fire()>",
    "<details open ontoggle=fire()>", "<a href=javascript:fire()>x</a>", "<p x=1 y>",
];

/// Classics that are more than a breaker and a payload.
const CLASSICS: [&str; 52] = [
    "javascript:fire()", " javascript:fire()", "java\tscript:fire()", "java\nscript:fire()",
    "JaVaScRiPt:fire()", "javascript&colon;fire()", "&#106;avascript:fire()", "vbscript:fire()",
    "data:text/html,<script>parent.fire()</script>", "//evil.example/", "/\\evil.example",
    "\\\\evil.example", "https://evil.example", "/../../x", "?x#y", "a&b=c", "a;b", "a%00b",
    "0;url=javascript:fire()", "1 url=data:,x", "expression(fire())", "url(javascript:fire())",
    "}</style><script>fire()</script>", "@import 'x';", "alert`1`", "${fire()}", "`+fire()+`",
    "{{constructor.constructor('fire()')()}}", "[[fire()]]", "<%= fire() %>", "<?php fire() ?>",
    "<noscript><p title=\"</noscript><img src=x onerror=fire()>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--><img src onerror=fire()>\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror=fire()>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=fire()>",
    "<select><xmp><script>fire()</script>", "<template><script>fire()</script></template>",
    "<plaintext>", "<frameset onload=fire()>", "<base href=//evil.example/>", "<meta charset=utf-7>",
    "+ADw-script+AD4-fire()+ADw-/script+AD4-", "\u{fe64}script\u{fe65}fire()", "<x contenteditable onblur=fire()>",
    "<img src=`x` onerror=fire()>", "\"'`><\u{20}\t\n\r=/", "a\"b'c<d>e&f", "&", "&amp", "&#", "<", "--",
];

/// All values: the classics, and every breaker with every third payload.
pub(super) fn values() -> Vec<String> {
    let pairs = BREAKERS.iter().enumerate().flat_map(|(row, breaker)| {
        let some = PAYLOADS.iter().enumerate().filter(move |(column, _)| (row + column) % 3 == 0);
        some.map(move |(_, payload)| format!("{breaker}{payload}"))
    });
    CLASSICS.iter().map(|value| (*value).to_owned()).chain(pairs).collect()
}

/// Places; `§` is where the token stands.
pub(super) const PLACES: [&str; 62] = [
    "<p>§</p>", "<p>a §b", "<b><i>§</i></b>", "<title>§</title><p>x", "<textarea>§</textarea><p>x",
    "<textarea>\n§</textarea><p>x", "<pre>§</pre>", "<select><option>§</select><p>x",
    "<table><tr><td>§</table>", "<table>§</table>", "<p title=\"§\">x", "<p title='§'>x",
    "<p title=§>x", "<p title=§/>x", "<p title= § lang=en>x", "<p title=a§b>x", "<input value=\"§\">",
    "<input value='a §'>", "<input value=§ type=text>", "<img alt=`§` src=x.png>",
    "<p data-x='{\"a\":\"§\"}'>x", "<p data-x=\"[&quot;§&quot;]\">x", "<a href=\"/u/§\">x</a>",
    "<a href='/u?a=§&b=c'>x</a>", "<a href=/u/§>x</a>", "<a href=\"§\">x</a>", "<a href=§>x</a>",
    "<a href=\"mailto:§\">x</a>", "<a href='tel:§'>x</a>", "<a href=\"javascript:f('§')\">x</a>",
    "<a href=\"https://§/\">x</a>", "<a href=\"//§\">x</a>", "<form action=\"/f/§\"></form>",
    "<button formaction='?§'>x</button>", "<iframe src=\"/i/§\"></iframe>", "<img src='/i/§.png'>",
    "<iframe srcdoc=\"§\"></iframe>", "<p style=\"color:§\">x", "<p onclick=\"f('§')\">x",
    "<p onclick='f(\"§\")'>x", "<p onclick=f('§')>x", "<p onclick=\"§\">x", "<p id=§ class=§>x",
    "<p §>x", "<§>x", "</§>x", "<!-- § --><p>x", "<!§><p>x", "<style>§</style><p>x",
    "<script>var a='§';</script><p>x", "<script>var a=\"§\", b=`§`;</script><p>x",
    "<script>var a=§;</script><p>x", "<script>// §\n</script><p>x",
    "<script type=application/json>{\"a\":\"x § y\",\"b\":\"§\"}</script><p>x",
    "<noscript>§</noscript><p>x", "<template><p>§</p></template><p>x", "<svg><text>§</text></svg><p>x",
    "<svg><style>§</style><title>§</title></svg><p>x", "<math><mi>§</mi></math><p>x",
    "<svg><![CDATA[§]]></svg><p>x", "<xmp>§</xmp><p>x", "<plaintext>§",
];
