//! Texts of every page, of notices, classes and errors.

use super::texts;

texts! {
    /// What every page may say.
    Shared {
        SkipLink { en: "Skip to content", de: "Zum Inhalt springen" }
        Languages { en: "Language", de: "Sprache" }
        Sections { en: "Sections", de: "Bereiche" }
        SignOut { en: "Sign out", de: "Abmelden" }
        SignedInAs { en: "Signed in as {}", de: "Angemeldet als {}" }
        SessionEnds {
            en: "If you click nothing, you are signed out at",
            de: "Wenn Sie nichts anklicken, werden Sie abgemeldet:"
        }
        SessionWarning { en: "You will be signed out within two minutes.", de: "Sie werden innerhalb von zwei Minuten abgemeldet." }
        StaySignedIn { en: "Stay signed in", de: "Angemeldet bleiben" }
        Problem { en: "There is a problem", de: "Es gibt ein Problem" }
        ErrorBefore { en: "Error:", de: "Fehler:" }
        Back { en: "Back", de: "Zurück" }
        Cancel { en: "Cancel", de: "Zurücknehmen" }
        When { en: "When", de: "Wann" }
        What { en: "What", de: "Was" }
        Why { en: "Why", de: "Wozu" }
        Who { en: "Who", de: "Wer" }
        State { en: "State", de: "Stand" }
        Classes { en: "Kinds of data", de: "Arten von Daten" }
        Until { en: "Until", de: "Bis" }
        UntilDay { en: "until", de: "bis" }
        NoneYet { en: "none", de: "keine" }
        Earlier { en: "Earlier entries", de: "Frühere Einträge" }
        Later { en: "Later entries", de: "Spätere Einträge" }
        Pages { en: "Pages of the list", de: "Seiten der Liste" }
        PageNumber { en: "Page {}", de: "Seite {}" }
        NoticeSaved { en: "Your change is saved.", de: "Ihre Änderung ist gespeichert." }
        NoticeAsked {
            en: "Your request is on its way. A person decides on it within a month.",
            de: "Ihr Antrag ist unterwegs. Ein Mensch entscheidet innerhalb eines Monats darüber."
        }
        NoticeKept { en: "Your data stays. No removal is planned.", de: "Ihre Daten bleiben. Es ist keine Löschung geplant." }
        NoticeCancelled { en: "Taken back. Nothing will happen.", de: "Zurückgenommen. Es geschieht nichts." }
        NoticeGiven { en: "Your consent is on record.", de: "Ihre Einwilligung ist vermerkt." }
        NoticeWithdrawn { en: "Your consent is withdrawn.", de: "Ihre Einwilligung ist widerrufen." }
        NoticeEnded { en: "Ended. It has no effect any more.", de: "Beendet. Es wirkt nicht mehr." }
        NoticeApproved { en: "Approved, and carried out.", de: "Genehmigt und ausgeführt." }
        NoticeRefused { en: "Refused. The person is told your reason.", de: "Abgelehnt. Die Person erfährt Ihren Grund." }
        NoticeAnnounced { en: "The removal is announced.", de: "Die Löschung ist angekündigt." }
        NoticeHeld { en: "The hold is set.", de: "Die Aufbewahrung ist angeordnet." }
        NoticeVerified { en: "The journal is complete and unchanged.", de: "Das Journal ist vollständig und unverändert." }
        ClassEmail { en: "E-mail address", de: "E-Mail-Adresse" }
        ClassPhone { en: "Phone number", de: "Telefonnummer" }
        ClassName { en: "Name", de: "Name" }
        ClassFirstName { en: "First name", de: "Vorname" }
        ClassLastName { en: "Last name", de: "Nachname" }
        ClassUsername { en: "Login name", de: "Anmeldename" }
        ClassCard { en: "Payment card", de: "Zahlungskarte" }
        ClassIban { en: "Bank account", de: "Bankkonto" }
        ClassAccount { en: "Account number", de: "Kontonummer" }
        ClassCustomerId { en: "Customer number", de: "Kundennummer" }
        ClassBirth { en: "Date of birth", de: "Geburtsdatum" }
        ClassAddress { en: "Postal address", de: "Anschrift" }
        ClassStreet { en: "Street", de: "Straße" }
        ClassPostcode { en: "Postcode", de: "Postleitzahl" }
        ClassCity { en: "City", de: "Ort" }
        ClassCompany { en: "Company", de: "Firma" }
        ClassIp { en: "Internet address", de: "Internetadresse" }
        ClassDevice { en: "Device", de: "Gerät" }
        ClassVehicle { en: "Vehicle", de: "Fahrzeug" }
        ClassText { en: "Text you wrote", de: "Von Ihnen geschriebener Text" }
    }
}

texts! {
    /// What pages say when something went wrong: what happened, what did not, what to do.
    Errors {
        WhatDidNot { en: "What did not happen", de: "Was nicht geschehen ist" }
        WhatToDo { en: "What you can do", de: "Was Sie tun können" }
        RequestNumber { en: "Number of this request, if you ask us about it:", de: "Nummer dieser Anfrage, falls Sie uns danach fragen:" }
        NothingChanged { en: "Nothing was changed, and nothing was shown.", de: "Es wurde nichts geändert und nichts gezeigt." }
        ToStart { en: "To the first page", de: "Zur ersten Seite" }
        NotFound { en: "This page does not exist", de: "Diese Seite gibt es nicht" }
        NotFoundDo {
            en: "Check the address for a typing mistake, or start from the first page.",
            de: "Prüfen Sie die Adresse auf einen Tippfehler, oder beginnen Sie auf der ersten Seite."
        }
        LinkOver { en: "This link is no longer valid", de: "Dieser Link gilt nicht mehr" }
        LinkOverDo {
            en: "A link ends when it was used, or when its time is over. Sign in to see how things stand.",
            de: "Ein Link endet, wenn er benutzt wurde oder seine Zeit um ist. Melden Sie sich an, um den Stand zu sehen."
        }
        SignedOut { en: "You are signed out", de: "Sie sind abgemeldet" }
        SignedOutDo {
            en: "This happens after a while without a click, to protect your data. Sign in again.",
            de: "Das geschieht nach einer Weile ohne Klick, zum Schutz Ihrer Daten. Melden Sie sich wieder an."
        }
        Forbidden { en: "You may not do this", de: "Das dürfen Sie nicht" }
        ForbiddenDo {
            en: "No policy allows it to you for this purpose. Who looks after the policies can change that.",
            de: "Keine Regel erlaubt es Ihnen zu diesem Zweck. Wer die Regeln pflegt, kann das ändern."
        }
        Foreign { en: "This form did not come from here", de: "Dieses Formular kam nicht von hier" }
        ForeignDo {
            en: "Your browser did not say that you pressed the button on our page. Open the page again and repeat it there.",
            de: "Ihr Browser hat nicht bestätigt, dass Sie auf unserer Seite geklickt haben. Öffnen Sie die Seite neu und wiederholen Sie es dort."
        }
        Unreadable { en: "We could not read this request", de: "Wir konnten diese Anfrage nicht lesen" }
        UnreadableDo {
            en: "Go back, and fill in the form again.",
            de: "Gehen Sie zurück und füllen Sie das Formular noch einmal aus."
        }
        Changed { en: "Something changed meanwhile", de: "Inzwischen hat sich etwas geändert" }
        ChangedDo {
            en: "What you saw is no longer what is stored. Look at it again, then decide.",
            de: "Was Sie sahen, ist nicht mehr das, was gespeichert ist. Sehen Sie es noch einmal an, und entscheiden Sie dann."
        }
        OnHold { en: "A law keeps this data", de: "Ein Gesetz verlangt, dass diese Daten bleiben" }
        OnHoldDid { en: "Nothing was removed.", de: "Es wurde nichts gelöscht." }
        OnHoldDo {
            en: "Your wish is now a request. A person looks at it and answers you within a month.",
            de: "Ihr Wunsch ist nun ein Antrag. Ein Mensch sieht ihn an und antwortet Ihnen innerhalb eines Monats."
        }
        TooMany { en: "Too many attempts", de: "Zu viele Versuche" }
        TooManyDo {
            en: "Wait an hour, then try again. This limit is the same for everybody.",
            de: "Warten Sie eine Stunde und versuchen Sie es dann noch einmal. Diese Grenze ist für alle gleich."
        }
        Unavailable { en: "This does not work right now", de: "Das geht gerade nicht" }
        UnavailableDo {
            en: "It is our fault, not yours. Try again in a few minutes.",
            de: "Es liegt an uns, nicht an Ihnen. Versuchen Sie es in ein paar Minuten noch einmal."
        }
        Unknown { en: "We do not know whether this was done", de: "Wir wissen nicht, ob das geschehen ist" }
        UnknownDid {
            en: "We got no answer in time. It may have been done, or not.",
            de: "Wir bekamen nicht rechtzeitig Antwort. Es kann geschehen sein oder nicht."
        }
        UnknownDo {
            en: "Look in a few minutes how things stand. You can repeat it without harm.",
            de: "Sehen Sie in ein paar Minuten nach, wie es steht. Sie können es ohne Schaden wiederholen."
        }
    }
}
