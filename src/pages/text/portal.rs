//! Texts of the portal.

use super::texts;

texts! {
    /// What the portal says to people.
    Portal {
        Data { en: "Your data", de: "Ihre Daten" }
        SignIn { en: "See your data at {}", de: "Ihre Daten bei {} ansehen" }
        SignInLead {
            en: "See what is kept about you, correct it, take a copy, or have it removed. You need no account.",
            de: "Sehen Sie, was über Sie gespeichert ist, berichtigen Sie es, nehmen Sie eine Kopie, oder lassen Sie es löschen. Sie brauchen kein Konto."
        }
        Address { en: "Your e-mail address or phone number", de: "Ihre E-Mail-Adresse oder Telefonnummer" }
        AddressHint { en: "The one the company knows you by. We send a code there.", de: "Die, unter der die Firma Sie kennt. Wir senden einen Code dorthin." }
        AddressMissing { en: "Type your e-mail address or phone number", de: "Geben Sie Ihre E-Mail-Adresse oder Telefonnummer ein" }
        AddressMalformed {
            en: "Type an address such as name@example.com, or a number such as +49 30 1234567",
            de: "Geben Sie eine Adresse wie name@example.com ein, oder eine Nummer wie +49 30 1234567"
        }
        SendCode { en: "Send me a code", de: "Code senden" }
        SignInSame {
            en: "You see the same answer whether the address is known here or not. So nobody else can find out.",
            de: "Sie sehen dieselbe Antwort, ob die Adresse hier bekannt ist oder nicht. So kann es niemand sonst herausfinden."
        }
        Code { en: "Check your messages", de: "Sehen Sie in Ihre Nachrichten" }
        CodeLead { en: "If we know the address, a code of eight digits comes within a minute.", de: "Wenn wir die Adresse kennen, kommt innerhalb einer Minute ein Code aus acht Ziffern." }
        Confirm { en: "Confirm that it is you", de: "Bestätigen Sie, dass Sie es sind" }
        ConfirmLead { en: "For this step we sent you a new code of eight digits.", de: "Für diesen Schritt haben wir Ihnen einen neuen Code aus acht Ziffern gesendet." }
        CodeField { en: "Code", de: "Code" }
        CodeLeft { en: "Time left for this code:", de: "So lange gilt dieser Code noch:" }
        CodeMissing { en: "Type the code of eight digits", de: "Geben Sie den Code aus acht Ziffern ein" }
        CodeWrong { en: "Wrong code, one try left|Wrong code, {} tries left", de: "Falscher Code, noch ein Versuch|Falscher Code, noch {} Versuche" }
        CodeOver { en: "This code is over. Ask for a new one", de: "Dieser Code gilt nicht mehr. Fordern Sie einen neuen an" }
        Continue { en: "Continue", de: "Weiter" }
        NothingCame { en: "Nothing came?", de: "Nichts gekommen?" }
        NothingCameDo {
            en: "Look among unwanted mail. Check that you typed the address that the company knows, not another one of yours. Then ask for a new code; the old one ends.",
            de: "Sehen Sie unter unerwünschter Post nach. Prüfen Sie, ob es die Adresse ist, die die Firma kennt, und nicht eine andere von Ihnen. Fordern Sie dann einen neuen Code an; der alte endet damit."
        }
        NewCode { en: "Use another address or get a new code", de: "Andere Adresse oder neuer Code" }
        Overview { en: "Your data at {}", de: "Ihre Daten bei {}" }
        OverviewShort { en: "Overview", de: "Übersicht" }
        Held { en: "What is held", de: "Was gespeichert ist" }
        HeldNone { en: "Nothing is held about you. When {} stores something, it stands here.", de: "Über Sie ist nichts gespeichert. Wenn {} etwas speichert, steht es hier." }
        HeldCount { en: "{} value|{} values", de: "{} Wert|{} Werte" }
        SeeData { en: "See and correct", de: "Ansehen und berichtigen" }
        Seen { en: "Who looked", de: "Wer nachgesehen hat" }
        SeenCount { en: "Your data was seen {} time.|Your data was seen {} times.", de: "Ihre Daten wurden {}-mal gesehen.|Ihre Daten wurden {}-mal gesehen." }
        SeenLast { en: "Last on", de: "Zuletzt am" }
        SeenNever { en: "Nobody has looked at your data yet.", de: "Bisher hat niemand Ihre Daten angesehen." }
        SeeSeen { en: "By whom, and why", de: "Von wem und wozu" }
        Removal { en: "Planned removal", de: "Geplante Löschung" }
        RemovalOn { en: "If you do nothing, everything is removed on", de: "Wenn Sie nichts tun, wird alles gelöscht am" }
        RemovalHeld { en: "Removal was due, but a law keeps some of your data. It was due on", de: "Die Löschung war fällig, aber ein Gesetz verlangt, dass ein Teil bleibt. Fällig war sie am" }
        Keep { en: "Keep my data", de: "Meine Daten behalten" }
        Requests { en: "Requests", de: "Anträge" }
        RequestsOpen { en: "{} request is being decided.|{} requests are being decided.", de: "Über {} Antrag wird entschieden.|Über {} Anträge wird entschieden." }
        Consents { en: "Consents", de: "Einwilligungen" }
        ConsentsGiven { en: "You have given {} consent.|You have given {} consents.", de: "Sie haben {} Einwilligung gegeben.|Sie haben {} Einwilligungen gegeben." }
        Shares { en: "Shared with others", de: "An andere gegeben" }
        SharesLive { en: "{} share is open.|{} shares are open.", de: "{} Freigabe ist offen.|{} Freigaben sind offen." }
        SeeAll { en: "See", de: "Ansehen" }
        YourRights { en: "Take it with you, or end it", de: "Mitnehmen oder beenden" }
        Download { en: "Download everything", de: "Alles herunterladen" }
        RemoveAll { en: "Remove everything", de: "Alles löschen" }
        DataLead { en: "Everything that is kept about you, by where it is kept.", de: "Alles, was über Sie gespeichert ist, nach dem Ort, an dem es liegt." }
        SourceProfile { en: "Your profile", de: "Ihr Profil" }
        SourceRecords {
            en: "This application holds stand-ins only. The values are kept here.",
            de: "Diese Anwendung hat nur Platzhalter. Die Werte liegen hier."
        }
        Locked { en: "This cannot be changed here.", de: "Das lässt sich hier nicht ändern." }
        Change { en: "Change", de: "Ändern" }
        AskChange { en: "Ask for a correction", de: "Berichtigung beantragen" }
        AskChangeHint { en: "A person checks it, and answers within a month.", de: "Ein Mensch prüft es und antwortet innerhalb eines Monats." }
        NewValue { en: "New value", de: "Neuer Wert" }
        SaveChange { en: "Save", de: "Speichern" }
        SendRequest { en: "Send request", de: "Antrag senden" }
        ValueMissing { en: "Type a value", de: "Geben Sie einen Wert ein" }
        ValueMalformed { en: "This does not look right. Check it for a typing mistake", de: "Das sieht nicht richtig aus. Prüfen Sie es auf einen Tippfehler" }
        ValueTooLong { en: "This is too long", de: "Das ist zu lang" }
        ValueTaken { en: "This cannot be used here", de: "Das kann hier nicht verwendet werden" }
        SeenLead { en: "Each time that a person or a program was shown your data. Nobody can change this list unseen.", de: "Jedes Mal, wenn einem Menschen oder Programm Ihre Daten gezeigt wurden. Niemand kann diese Liste unbemerkt ändern." }
        SeenSilent { en: "The list is not complete. These places did not answer; try again later:", de: "Die Liste ist nicht vollständig. Diese Stellen haben nicht geantwortet; versuchen Sie es später noch einmal:" }
        SeenPurpose { en: "Show what was seen for", de: "Zeigen, was gesehen wurde für" }
        SeenAll { en: "any purpose", de: "jeden Zweck" }
        SeenFilter { en: "Show", de: "Zeigen" }
        SeenNoPurpose { en: "not said", de: "nicht genannt" }
        RequestsLead { en: "What you asked for, and until when you get an answer.", de: "Was Sie beantragt haben, und bis wann Sie Antwort bekommen." }
        RequestsNone { en: "You have asked for nothing yet. When a person has to decide on a wish of yours, it stands here.", de: "Sie haben noch nichts beantragt. Wenn ein Mensch über einen Wunsch von Ihnen entscheiden muss, steht er hier." }
        KindErase { en: "Remove everything", de: "Alles löschen" }
        KindChange { en: "Correct:", de: "Berichtigen:" }
        AskedOn { en: "Asked on", de: "Beantragt am" }
        DecidedUntil { en: "You get an answer until", de: "Sie bekommen Antwort bis" }
        StateApproved { en: "Approved and done on", de: "Genehmigt und ausgeführt am" }
        StateRefused { en: "Refused on", de: "Abgelehnt am" }
        Reason { en: "Reason:", de: "Grund:" }
        Complain { en: "You may complain to your data protection authority.", de: "Sie können sich bei Ihrer Datenschutzbehörde beschweren." }
        StateCancelled { en: "You took it back on", de: "Von Ihnen zurückgenommen am" }
        ConsentsLead { en: "What you agreed to. Each can be withdrawn at any time, with one click.", de: "Wozu Sie eingewilligt haben. Alles lässt sich jederzeit mit einem Klick widerrufen." }
        ConsentsNone { en: "You are asked for no consent. When you are, it stands here.", de: "Sie werden um keine Einwilligung gebeten. Sobald doch, steht sie hier." }
        ConsentAbsent { en: "Not given", de: "Nicht gegeben" }
        ConsentGiven { en: "Given", de: "Gegeben" }
        ConsentRefused { en: "Refused", de: "Abgelehnt" }
        ConsentWithdrawn { en: "Withdrawn", de: "Widerrufen" }
        ConsentExpired { en: "Expired", de: "Abgelaufen" }
        History { en: "History", de: "Verlauf" }
        Withdraw { en: "Withdraw", de: "Widerrufen" }
        Give { en: "Give consent", de: "Einwilligen" }
        SharesLead { en: "What partners can read for a while. You can end it.", de: "Was Partner eine Zeit lang lesen können. Sie können es beenden." }
        SharesNone { en: "Nothing of yours is shared. When something is, it stands here.", de: "Von Ihnen ist nichts freigegeben. Sobald doch, steht es hier." }
        SharedUntil { en: "Until", de: "Bis" }
        SharedReads { en: "Read {} time.|Read {} times.", de: "{}-mal gelesen.|{}-mal gelesen." }
        SharedLeft { en: "{} more read possible.|{} more reads possible.", de: "Noch {}-mal möglich.|Noch {}-mal möglich." }
        EndShare { en: "End", de: "Beenden" }
        DownloadLead { en: "A copy of everything that is kept about you, and of who looked at it.", de: "Eine Kopie von allem, was über Sie gespeichert ist, und davon, wer es angesehen hat." }
        DownloadPage { en: "To read", de: "Zum Lesen" }
        DownloadPageHint { en: "One page, which opens in any browser.", de: "Eine Seite, die jeder Browser öffnet." }
        DownloadJson { en: "To take elsewhere", de: "Zum Mitnehmen" }
        DownloadJsonHint { en: "A JSON file, which other companies can read in.", de: "Eine JSON-Datei, die andere Firmen einlesen können." }
        DownloadNow { en: "Download", de: "Herunterladen" }
        DownloadCare { en: "The file holds your data in clear. Keep it where only you can read it.", de: "Die Datei enthält Ihre Daten im Klartext. Bewahren Sie sie dort auf, wo nur Sie sie lesen können." }
        NeedsCode { en: "We send you a new code first, to be sure that it is you.", de: "Wir senden Ihnen vorher einen neuen Code, um sicher zu sein, dass Sie es sind." }
        StepOne { en: "Step 1 of 2", de: "Schritt 1 von 2" }
        StepTwo { en: "Step 2 of 2", de: "Schritt 2 von 2" }
        Goes { en: "What goes", de: "Was gelöscht wird" }
        GoesNothing { en: "Nothing is held that could go.", de: "Es ist nichts gespeichert, das gelöscht werden könnte." }
        GoesValues { en: "{} value from your profile and from applications|{} values from your profile and from applications", de: "{} Wert aus Ihrem Profil und aus Anwendungen|{} Werte aus Ihrem Profil und aus Anwendungen" }
        GoesDocuments { en: "{} document|{} documents", de: "{} Dokument|{} Dokumente" }
        GoesSessions { en: "{} session|{} sessions", de: "{} Sitzung|{} Sitzungen" }
        GoesShares { en: "{} share with a partner|{} shares with partners", de: "{} Freigabe an Partner|{} Freigaben an Partner" }
        GoesConsents { en: "{} consent, with its history|{} consents, with their history", de: "{} Einwilligung mit ihrem Verlauf|{} Einwilligungen mit ihrem Verlauf" }
        Stays { en: "What stays", de: "Was bleibt" }
        StaysNothing { en: "Nothing.", de: "Nichts." }
        StaysUntil { en: "until", de: "bis" }
        EraseFirst { en: "Nobody can undo a removal. If you come back later, you are new here.", de: "Das Löschen lässt sich nicht rückgängig machen, von niemandem. Wenn Sie später wiederkommen, sind Sie hier neu." }
        EraseDownload { en: "Do you want a copy first?", de: "Möchten Sie vorher eine Kopie?" }
        NothingYet { en: "Nothing has changed yet.", de: "Noch ist nichts geändert." }
        Sure { en: "I have my download, or I do not need one.", de: "Ich habe meine Kopie, oder ich brauche keine." }
        SureMissing { en: "Tick the box before you go on", de: "Setzen Sie das Häkchen, bevor Sie weitergehen" }
        RemoveNow { en: "Remove for good", de: "Endgültig löschen" }
        EraseHeld { en: "A law keeps all of your data for now. You can ask all the same: a person looks at it and answers within a month.", de: "Ein Gesetz verlangt, dass alle Ihre Daten vorerst bleiben. Sie können es trotzdem beantragen: ein Mensch sieht es an und antwortet innerhalb eines Monats." }
        ByeSignedOut { en: "You are signed out", de: "Sie sind abgemeldet" }
        ByeSignedOutLead { en: "Nothing of your data is left in this browser.", de: "In diesem Browser ist nichts von Ihren Daten geblieben." }
        SignInAgain { en: "Sign in again", de: "Wieder anmelden" }
        ByeErasing { en: "Your data is being removed", de: "Ihre Daten werden gelöscht" }
        ByeErasingLead { en: "It is locked already: nobody can open it any more. The rest takes a few minutes and needs nothing from you.", de: "Sie sind schon verschlossen: niemand kann sie mehr öffnen. Der Rest dauert einige Minuten und braucht Sie nicht." }
        ByeErased { en: "Your data is removed", de: "Ihre Daten sind gelöscht" }
        ByeErasedLead { en: "Nobody can open it any more, not even we.", de: "Niemand kann sie mehr öffnen, auch wir nicht." }
        Destroyed { en: "Destroyed", de: "Vernichtet" }
        Released { en: "Shared with other people, and no longer yours", de: "Mit anderen geteilt, und nicht mehr Ihnen zugeordnet" }
        BackupsEnd { en: "Backups cannot be read from", de: "Sicherungen sind unlesbar ab" }
        YourReceipt { en: "Your receipt", de: "Ihre Quittung" }
        ReceiptHint { en: "Copy both if you want to prove it one day. The receipt names nobody; the number shows that it is yours. We do not keep the number.", de: "Kopieren Sie beides, wenn Sie es eines Tages beweisen wollen. Die Quittung nennt niemanden; die Nummer zeigt, dass sie Ihre ist. Wir behalten die Nummer nicht." }
        ReceiptText { en: "Receipt", de: "Quittung" }
        ReceiptNonce { en: "Your number", de: "Ihre Nummer" }
    }
}
