//! Texts of the console.

use super::texts;

texts! {
    /// What the console says to staff.
    Staff {
        Console { en: "Overview", de: "Übersicht" }
        Find { en: "Find a person", de: "Person finden" }
        Requests { en: "Requests", de: "Anträge" }
        Expirations { en: "Removals", de: "Löschungen" }
        Holds { en: "Holds", de: "Aufbewahrung" }
        Activities { en: "Activities", de: "Tätigkeiten" }
        Flows { en: "Flows", de: "Datenflüsse" }
        Journal { en: "Journal", de: "Journal" }
        Receipts { en: "Receipts", de: "Quittungen" }
        OpenCount { en: "{} open|{} open", de: "{} offen|{} offen" }
        LateCount { en: "{} late|{} late", de: "{} überfällig|{} überfällig" }
        Late { en: "late", de: "überfällig" }
        DueNext { en: "Due next", de: "Als Nächstes fällig" }
        DueNone { en: "Nothing is due. When a person asks for something, it stands here with its date.", de: "Nichts ist fällig. Wenn eine Person etwas beantragt, steht es hier mit seinem Datum." }
        Due { en: "Due", de: "Fällig" }
        Person { en: "Person", de: "Person" }
        Decide { en: "Decide", de: "Entscheiden" }
        Undelivered { en: "Messages that did not arrive", de: "Nachrichten, die nicht ankamen" }
        Health { en: "Health", de: "Zustand" }
        HealthNone { en: "No part was looked at yet.", de: "Noch wurde kein Teil geprüft." }
        Well { en: "works", de: "läuft" }
        Down { en: "does not work", de: "läuft nicht" }
        FindLead { en: "The identifier stands in no address and in no log. The person sees that you looked, and why.", de: "Das Merkmal steht in keiner Adresse und in keinem Protokoll. Die Person sieht, dass Sie nachgesehen haben, und wozu." }
        FindClass { en: "What you know", de: "Was Sie wissen" }
        FindValue { en: "Identifier", de: "Merkmal" }
        FindButton { en: "Find", de: "Finden" }
        FindMissing { en: "Type an identifier", de: "Geben Sie ein Merkmal ein" }
        FindMalformed { en: "This does not have the form of what you chose", de: "Das hat nicht die Form dessen, was Sie gewählt haben" }
        FoundNone { en: "Nobody is known by this.", de: "Unter diesem Merkmal ist niemand bekannt." }
        FoundCount { en: "{} person found|{} people found", de: "{} Person gefunden|{} Personen gefunden" }
        FoundUnique { en: "This person's own", de: "Gehört dieser Person" }
        FoundShared { en: "Also stands in records of others", de: "Steht auch in Datensätzen anderer" }
        Open { en: "Open", de: "Öffnen" }
        Purpose { en: "Purpose", de: "Zweck" }
        PurposeHint { en: "It goes on record with everything you do here.", de: "Er wird mit allem vermerkt, was Sie hier tun." }
        HoldNone { en: "No hold", de: "Keine Aufbewahrung" }
        RemovalNone { en: "No removal planned", de: "Keine Löschung geplant" }
        RemovalOn { en: "Removal on", de: "Löschung am" }
        Profile { en: "Data", de: "Daten" }
        FieldsNone { en: "Nothing is held.", de: "Es ist nichts gespeichert." }
        Records { en: "Records of applications", de: "Datensätze von Anwendungen" }
        Reveal { en: "Reveal", de: "Aufdecken" }
        Hidden { en: "hidden", de: "verborgen" }
        ShownOnce { en: "Shown once. It is on record, and the person sees it.", de: "Einmal gezeigt. Es ist vermerkt, und die Person sieht es." }
        Consents { en: "Consents", de: "Einwilligungen" }
        ConsentsNone { en: "This person was asked for no consent.", de: "Diese Person wurde um keine Einwilligung gebeten." }
        Seen { en: "Who looked", de: "Wer nachgesehen hat" }
        SeenNone { en: "Nobody has looked yet.", de: "Bisher hat niemand nachgesehen." }
        Actions { en: "For this person", de: "Für diese Person" }
        Export { en: "Export", de: "Exportieren" }
        MakeLink { en: "Link to the portal", de: "Link zum Portal" }
        LinkLabel { en: "Link for this person, used once, for 72 hours", de: "Link für diese Person, einmal, für 72 Stunden" }
        Announce { en: "Announce removal", de: "Löschung ankündigen" }
        AnnounceHint { en: "The person is told, and can keep the data until then.", de: "Die Person erfährt es und kann die Daten bis dahin behalten." }
        In { en: "In how many days", de: "In wie vielen Tagen" }
        SetHold { en: "Set a hold", de: "Aufbewahrung anordnen" }
        HoldReason { en: "Reason", de: "Grund" }
        HoldLaw { en: "Law", de: "Gesetz" }
        HoldUntil { en: "Until", de: "Bis" }
        HoldKeep { en: "Fields that stay, one a line; none: all", de: "Felder, die bleiben, eins je Zeile; keins: alle" }
        Erase { en: "Erase", de: "Löschen" }
        EraseHint { en: "Everything goes that no hold keeps. Nobody can undo it.", de: "Alles geht, was keine Aufbewahrung hält. Niemand kann es rückgängig machen." }
        EraseSure { en: "Erase this person for good", de: "Diese Person endgültig löschen" }
        NeedsSignIn { en: "You sign in again first, if the last time was more than five minutes ago.", de: "Sie melden sich vorher neu an, wenn das letzte Mal mehr als fünf Minuten her ist." }
        RequestsLead { en: "A month from the day it was asked. What you decide is carried out at once, and the person is told.", de: "Ein Monat ab dem Tag des Antrags. Was Sie entscheiden, wird sofort ausgeführt, und die Person erfährt es." }
        RequestsNone { en: "Nothing to decide. When a person asks for something that a human must decide, it stands here.", de: "Nichts zu entscheiden. Wenn eine Person etwas beantragt, worüber ein Mensch entscheiden muss, steht es hier." }
        WishErase { en: "Remove everything", de: "Alles löschen" }
        WishChange { en: "Correct", de: "Berichtigen" }
        Asked { en: "asked", de: "beantragt" }
        Before { en: "Before", de: "Vorher" }
        After { en: "After", de: "Nachher" }
        HoldKeeps { en: "A hold keeps", de: "Eine Aufbewahrung hält" }
        Approve { en: "Approve", de: "Genehmigen" }
        Refuse { en: "Refuse", de: "Ablehnen" }
        RefuseReason { en: "Reason for refusing, which the person reads", de: "Grund der Ablehnung, den die Person liest" }
        ReasonMissing { en: "Type the reason for refusing", de: "Geben Sie den Grund der Ablehnung ein" }
        RequestChanged { en: "The data changed since you opened this page. Nothing was done. Look again, then decide", de: "Die Daten haben sich geändert, seit Sie die Seite geöffnet haben. Nichts wurde getan. Sehen Sie noch einmal hin, und entscheiden Sie dann" }
        ExpirationsLead { en: "Announced to people. They can keep their data until the day.", de: "Den Personen angekündigt. Bis zu dem Tag können sie ihre Daten behalten." }
        ExpirationsNone { en: "No removal is announced. When one is, it stands here until it happens.", de: "Es ist keine Löschung angekündigt. Sobald eine angekündigt ist, steht sie hier, bis sie geschieht." }
        ExpirationWaiting { en: "waiting", de: "wartet" }
        ExpirationHeld { en: "due, kept by a hold", de: "fällig, aufbewahrt" }
        Started { en: "Announced", de: "Angekündigt" }
        CancelRemoval { en: "Cancel", de: "Absagen" }
        HoldsLead { en: "What a law keeps, for how long. All else can be removed.", de: "Was ein Gesetz verlangt aufzubewahren, und wie lange. Alles andere kann gelöscht werden." }
        HoldsNone { en: "No hold is set. When a law asks to keep somebody's data, set one on the person's page.", de: "Keine Aufbewahrung ist angeordnet. Wenn ein Gesetz verlangt, Daten von jemandem zu behalten, ordnen Sie sie auf der Seite der Person an." }
        KeepsAll { en: "everything", de: "alles" }
        Keeps { en: "Keeps", de: "Hält" }
        EndHold { en: "End", de: "Beenden" }
        ActivitiesLead { en: "What is done with personal data, why, and for how long (GDPR, article 30).", de: "Was mit personenbezogenen Daten geschieht, wozu und wie lange (DSGVO, Artikel 30)." }
        ActivitiesNone { en: "No activity is described yet. Describe the first one below.", de: "Noch ist keine Tätigkeit beschrieben. Beschreiben Sie unten die erste." }
        Uncovered { en: "Data flows here, and no activity covers it:", de: "Hier fließen Daten, und keine Tätigkeit deckt sie:" }
        Bases { en: "Lawful bases", de: "Rechtsgrundlagen" }
        Recipients { en: "Recipients", de: "Empfänger" }
        Retention { en: "Kept for", de: "Aufbewahrt für" }
        RetentionNone { en: "not limited", de: "nicht begrenzt" }
        Edit { en: "Edit", de: "Bearbeiten" }
        NewActivity { en: "Describe an activity", de: "Tätigkeit beschreiben" }
        ActivityTitle { en: "Activity", de: "Tätigkeit" }
        OneALine { en: "One a line.", de: "Eine je Zeile." }
        RecipientsHint { en: "One a line: name, comma, country.", de: "Einer je Zeile: Name, Komma, Land." }
        Save { en: "Save", de: "Speichern" }
        DownloadRecord { en: "Download the record", de: "Verzeichnis herunterladen" }
        FlowsLead { en: "Where personal data really went in the last {} day.|Where personal data really went in the last {} days.", de: "Wohin personenbezogene Daten am letzten {} Tag wirklich gingen.|Wohin personenbezogene Daten in den letzten {} Tagen wirklich gingen." }
        FlowsNone { en: "Nothing flowed in this time. When values are shown to somebody, the way they went stands here.", de: "In dieser Zeit floss nichts. Wenn jemandem Werte gezeigt werden, steht ihr Weg hier." }
        FlowsPicture { en: "From application over kind of data to who gets it. The list below says the same.", de: "Von der Anwendung über die Art der Daten zum Empfänger. Die Liste darunter sagt dasselbe." }
        FlowsTop { en: "The picture shows the busiest flows.", de: "Das Bild zeigt die stärksten Flüsse." }
        FlowUncovered { en: "no activity covers it", de: "keine Tätigkeit deckt es" }
        LegendUncovered { en: "Dashed: no activity covers it.", de: "Gestrichelt: keine Tätigkeit deckt es." }
        From { en: "From", de: "Von" }
        To { en: "To", de: "An" }
        Count { en: "Values", de: "Werte" }
        Activity { en: "Activity", de: "Tätigkeit" }
        JournalLead { en: "Who did what, for which purpose. Nobody can change it unseen.", de: "Wer was getan hat, zu welchem Zweck. Niemand kann es unbemerkt ändern." }
        JournalNone { en: "No event fits. When somebody reads or changes data, it stands here.", de: "Kein Eintrag passt. Wenn jemand Daten liest oder ändert, steht es hier." }
        JournalSilent { en: "The list is not complete. These gateways did not answer:", de: "Die Liste ist nicht vollständig. Diese Gateways haben nicht geantwortet:" }
        FromDay { en: "From day", de: "Ab Tag" }
        ToDay { en: "To day", de: "Bis Tag" }
        AnyPurpose { en: "any", de: "jeder" }
        Show { en: "Show", de: "Zeigen" }
        Verify { en: "Verify the journal", de: "Journal prüfen" }
        VerifiedAt { en: "Verified", de: "Geprüft" }
        VerifiedSize { en: "Events", de: "Einträge" }
        VerifiedRoot { en: "Root hash", de: "Wurzel-Hash" }
        ReceiptsLead { en: "Proofs of erasure. They name nobody; a person can show that one is theirs.", de: "Beweise von Löschungen. Sie nennen niemanden; eine Person kann zeigen, dass einer ihrer ist." }
        ReceiptsNone { en: "Nobody was erased yet. Each erasure leaves its receipt here.", de: "Noch wurde niemand gelöscht. Jede Löschung hinterlässt hier ihre Quittung." }
        Cause { en: "Cause", de: "Anlass" }
        Destroyed { en: "Destroyed", de: "Vernichtet" }
        Released { en: "Released", de: "Gelöst" }
        BackupsEnd { en: "Backups unreadable from", de: "Sicherungen unlesbar ab" }
        Prove { en: "Proof", de: "Beweis" }
    }
}
