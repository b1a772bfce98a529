//! What people call classes of data.

use std::borrow::Cow;

use super::Shared;
use super::Text;
use crate::base::DataClass;
use crate::pages::Language;

/// Returns a class as people call it; classes of a company's own by their name.
pub(in crate::pages) fn class_name(class: &DataClass, language: Language) -> Cow<'_, str> {
    let text = match class.as_str() {
        "email" => Shared::ClassEmail,
        "phone" => Shared::ClassPhone,
        "name" => Shared::ClassName,
        "first-name" => Shared::ClassFirstName,
        "last-name" => Shared::ClassLastName,
        "username" => Shared::ClassUsername,
        "card" => Shared::ClassCard,
        "iban" => Shared::ClassIban,
        "account" => Shared::ClassAccount,
        "customer-id" => Shared::ClassCustomerId,
        "dob" => Shared::ClassBirth,
        "address" => Shared::ClassAddress,
        "street" => Shared::ClassStreet,
        "postcode" => Shared::ClassPostcode,
        "city" => Shared::ClassCity,
        "company" => Shared::ClassCompany,
        "ip" => Shared::ClassIp,
        "device-id" => Shared::ClassDevice,
        "vehicle" => Shared::ClassVehicle,
        "text" => Shared::ClassText,
        _ => return Cow::Borrowed(class.as_str()),
    };
    text.phrase().in_language(language)
}
