//! What we say ourselves on a phone's screen, in the languages that we speak. English is the key: a text that
//! has no row here stays English, and a test finds it.

use crate::plan::Locale;

/// English, German, French, Spanish. A static prompt has 31 bytes.
const WORDS: &[[&str; 4]] = &[
    ["No answer", "Keine Antwort", "Pas de réponse", "No contesta"],
    ["Call rejected", "Anruf abgelehnt", "Appel refusé", "Llamada rechazada"],
    ["Phone not registered", "Telefon nicht angemeldet", "Poste non enregistré", "Teléfono no registrado"],
    ["No common codec", "Kein gemeinsamer Codec", "Aucun codec commun", "Sin códec común"],
    [
        "No audio: phone did not answer",
        "Kein Ton: Telefon schweigt",
        "Pas de son: poste muet",
        "Sin audio: no responde",
    ],
    [
        "No audio: phones not reachable",
        "Kein Ton: nicht erreichbar",
        "Pas de son: injoignable",
        "Sin audio: inalcanzable",
    ],
    ["Server is stopping", "Server wird beendet", "Arrêt du serveur", "El servidor se detiene"],
    ["Emergency calls only", "Nur Notrufe", "Appels d'urgence seulement", "Sólo emergencias"],
    ["Number has changed", "Rufnummer geändert", "Numéro changé", "El número ha cambiado"],
    ["Intercom: you are heard", "Sprechen: man hört Sie", "Interphone: on vous entend", "Intercom: le oyen"],
    ["Intercom: lift to talk", "Zum Sprechen abheben", "Décrochez pour parler", "Descuelgue para hablar"],
    ["Night service", "Nachtschaltung", "Service de nuit", "Servicio nocturno"],
    ["Closed: night service", "Geschlossen", "Fermé", "Cerrado"],
    ["Recording", "Aufnahme", "Enregistrement", "Grabación"],
    ["Recording failed", "Aufnahme fehlgeschlagen", "Échec d'enregistrement", "Error de grabación"],
    [
        "Recording cut: disk full",
        "Aufnahme: Platte voll",
        "Enregistrement: disque plein",
        "Grabación: disco lleno",
    ],
    ["Conference", "Konferenz", "Conférence", "Conferencia"],
    ["More", "Mehr", "Suite", "Más"],
    ["Lock", "Sperren", "Verrouiller", "Bloquear"],
    ["Unlock", "Entsperren", "Déverrouiller", "Desbloquear"],
    ["Enter PIN", "PIN eingeben", "Entrez le code", "Introduzca el PIN"],
    ["Wrong PIN: once more", "PIN falsch: noch einmal", "Code faux: recommencez", "PIN incorrecto: repita"],
    [
        "Conference is not open",
        "Konferenz ist nicht offen",
        "Conférence pas ouverte",
        "Conferencia no abierta",
    ],
    ["Privacy is on", "Privat ist ein", "Confidentiel activé", "Privado activado"],
    ["Privacy is off", "Privat ist aus", "Confidentiel désactivé", "Privado desactivado"],
    ["Update", "Aktualisieren", "Actualiser", "Actualizar"],
    ["Mute", "Stumm", "Muet", "Silenciar"],
    ["Unmute", "Ton ein", "Rétablir le son", "Activar sonido"],
    ["muted", "stumm", "muet", "silenciado"],
    ["Remove", "Entfernen", "Retirer", "Quitar"],
    ["Back", "Zurück", "Retour", "Atrás"],
    ["not adopted", "nicht übernommen", "non adopté", "no adoptado"],
];

/// A text in a language.
pub(crate) fn said(locale: Locale, english: &str) -> &str {
    if locale == Locale::English {
        return english;
    }
    let row = WORDS.iter().find(|row| row[0] == english);
    row.map_or(english, |row| row[locale as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_that_we_say_is_said_in_all_languages() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut missing = Vec::new();
        for name in ["leg.rs", "screen.rs", "presence.rs", "keys.rs"] {
            let text = std::fs::read_to_string(folder.join("station").join(name)).unwrap();
            for said in text.split("Words::Text(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                if !WORDS.iter().any(|row| row[0] == said) {
                    missing.push(format!("{name}: {said}"));
                }
            }
        }
        assert!(missing.is_empty(), "add rows to WORDS: {missing:?}");
    }

    #[test]
    fn texts_fit_a_static_prompt_and_a_western_page() {
        for text in WORDS.iter().flatten() {
            assert!(text.chars().count() <= 31, "{text}");
            assert!(text.chars().all(|c| u32::from(c) < 0x100), "{text}");
        }
        assert_eq!(said(Locale::German, "No answer"), "Keine Antwort");
        assert_eq!(said(Locale::Spanish, "Something new"), "Something new");
    }
}
