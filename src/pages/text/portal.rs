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
    }
}
