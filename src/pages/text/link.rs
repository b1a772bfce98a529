//! Texts of pages behind links.

use super::texts;

texts! {
    /// What pages behind links say.
    Link {
        KeepQuestion { en: "Keep your data at {}?", de: "Ihre Daten bei {} behalten?" }
        RemoveQuestion { en: "Remove your data at {}?", de: "Ihre Daten bei {} löschen?" }
        IfNothing { en: "If you do nothing, everything is removed on", de: "Wenn Sie nichts tun, wird alles gelöscht am" }
        Keep { en: "Keep my data", de: "Meine Daten behalten" }
        Remove { en: "Remove my data now", de: "Meine Daten jetzt löschen" }
        NothingYet { en: "Nothing has changed yet.", de: "Noch ist nichts geändert." }
        NoUndo { en: "Nobody can undo a removal.", de: "Das Löschen lässt sich nicht rückgängig machen, von niemandem." }
        Kept { en: "Your data stays", de: "Ihre Daten bleiben" }
        KeptLead { en: "The removal is called off. You need to do nothing else.", de: "Die Löschung ist abgesagt. Sie müssen nichts weiter tun." }
        Removed { en: "Your data is removed", de: "Ihre Daten sind gelöscht" }
        RemovedLead { en: "Nobody can open it any more, not even we. You can close this page.", de: "Niemand kann sie mehr öffnen, auch wir nicht. Sie können diese Seite schließen." }
        Requested { en: "A law keeps your data for now", de: "Ein Gesetz verlangt, dass Ihre Daten vorerst bleiben" }
        RequestedLead { en: "Your wish is now a request. A person looks at it and answers you within a month.", de: "Ihr Wunsch ist nun ein Antrag. Ein Mensch sieht ihn an und antwortet Ihnen innerhalb eines Monats." }
        SeeData { en: "See your data", de: "Ihre Daten ansehen" }
        Portal { en: "See your data at {}", de: "Ihre Daten bei {} ansehen" }
        PortalLead { en: "This link works once. It signs you in on this device.", de: "Dieser Link gilt einmal. Er meldet Sie auf diesem Gerät an." }
        Continue { en: "Sign me in", de: "Anmelden" }
        Shared { en: "Shared by {}", de: "Freigegeben von {}" }
        SharedFor { en: "For", de: "Für" }
        SharedUntil { en: "It can be read until", de: "Es kann gelesen werden bis" }
        SharedLeft { en: "{} more read possible|{} more reads possible", de: "noch {}-mal|noch {}-mal" }
        Gone { en: "no longer held", de: "nicht mehr gespeichert" }
        SharedNone { en: "No field is shared here.", de: "Hier ist kein Feld freigegeben." }
        SharedCare { en: "The person sees that this was read.", de: "Die Person sieht, dass dies gelesen wurde." }
    }
}
