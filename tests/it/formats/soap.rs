//! SOAP: the example messages of the standards, and the calls that toolkits send.

use cloakroom::document::Format;

use crate::formats::rewritten;
use crate::formats::texts;

/// SOAP 1.1 (W3C Note, 8 May 2000), section 1.3, example 1.
const QUOTE: &str = r#"<SOAP-ENV:Envelope
  xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"
  SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
   <SOAP-ENV:Body>
       <m:GetLastTradePrice xmlns:m="Some-URI">
           <symbol>DIS</symbol>
       </m:GetLastTradePrice>
   </SOAP-ENV:Body>
</SOAP-ENV:Envelope>"#;

/// SOAP 1.2 Part 0 (second edition), section 2.1, example 1, shortened to what it shows.
const TRAVEL: &str = r#"<?xml version='1.0' ?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope">
 <env:Header>
  <m:reservation xmlns:m="http://travelcompany.example.org/reservation"
          env:role="http://www.w3.org/2003/05/soap-envelope/role/next"
           env:mustUnderstand="true">
   <m:reference>uuid:093a2da1-q345-739r-ba5d-pqff98fe8j7d</m:reference>
   <m:dateAndTime>2001-11-29T13:20:00.000-05:00</m:dateAndTime>
  </m:reservation>
  <n:passenger xmlns:n="http://mycompany.example.com/employees"
          env:role="http://www.w3.org/2003/05/soap-envelope/role/next"
           env:mustUnderstand="true">
   <n:name>Åke Jógvan Øyvind</n:name>
  </n:passenger>
 </env:Header>
 <env:Body>
  <p:itinerary
    xmlns:p="http://travelcompany.example.org/reservation/travel">
   <p:departure>
     <p:departing>New York</p:departing>
     <p:seatPreference>aisle</p:seatPreference>
   </p:departure>
   <p:return>
     <p:departing>Los Angeles</p:departing>
     <p:seatPreference/>
   </p:return>
  </p:itinerary>
 </env:Body>
</env:Envelope>
"#;

/// A call in the encoded style, as PHP's `SoapClient` writes it.
const ENCODED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope \
    xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><SOAP-ENV:Body><ns1:addUser xmlns:ns1=\"urn:u\">\
    <user xsi:type=\"ns1:User\"><name xsi:type=\"xsd:string\">Ann</name>\
    <email xsi:type=\"xsd:string\">ann@example.com</email><phone xsi:nil=\"true\"/></user>\
    </ns1:addUser></SOAP-ENV:Body></SOAP-ENV:Envelope>\n";

#[test]
fn the_examples_of_the_standards_are_read_by_local_names() {
    assert_eq!(texts(Format::Xml, QUOTE, &["$.Envelope.Body.GetLastTradePrice.symbol"]), ["DIS"]);
    assert_eq!(
        texts(Format::Xml, TRAVEL, &["$.Envelope.Header.passenger.name"]),
        ["Åke Jógvan Øyvind"]
    );
    assert_eq!(texts(Format::Xml, TRAVEL, &["$..departing"]), ["New York", "Los Angeles"]);
    assert_eq!(
        texts(Format::Xml, TRAVEL, &["$.Envelope.Header[0].*[?@.name].name"]),
        ["Åke Jógvan Øyvind"]
    );
    assert_eq!(texts(Format::Xml, TRAVEL, &["$..seatPreference"]), ["aisle"]);
}

#[test]
fn only_the_selected_text_of_a_call_changes() {
    let expected = ENCODED.replace(">ann@example.com<", ">T<").replace(">Ann<", ">T<");
    assert_eq!(rewritten(Format::Xml, ENCODED, &["$..email", "$..name"], "T"), expected);
    assert_eq!(rewritten(Format::Xml, ENCODED, &["$.Envelope.Body.addUser.user"], "T"), expected);
    assert_eq!(
        rewritten(Format::Xml, ENCODED, &["$..user[?@.email].*"], "T").matches("T<").count(),
        2
    );
    let none: [&str; 0] = [];
    assert_eq!(rewritten(Format::Xml, TRAVEL, &none, "T"), TRAVEL);
}
