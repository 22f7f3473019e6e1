//! Time zones by the names that Cisco's phones have for them: a 7975 shows UTC plus the zone of its file.
//!
//! The phones know a fixed list of some seventy zones with their own rules for summer time; IANA's names are
//! mapped to the one that has the same rules today, where there is one.

/// Cisco's name of a zone of IANA.
pub fn cisco(iana: &str) -> Option<&'static str> {
    let found = ZONES.iter().find(|(_, names)| names.iter().any(|name| name.eq_ignore_ascii_case(iana)));
    found.map(|(cisco, _)| *cisco)
}

/// The zone without summer time whose offset is nearest to this one.
pub fn fixed(offset_secs: i32) -> &'static str {
    let distance = |(hours_times_4, _): &&(i32, &str)| (offset_secs - hours_times_4 * 900).abs();
    FIXED.iter().min_by_key(distance).map_or("Greenwich Standard Time", |(_, name)| name)
}

/// IANA's names that are known, for a hint.
pub fn names() -> impl Iterator<Item = &'static str> {
    ZONES.iter().flat_map(|(_, names)| names.iter().copied())
}

/// Quarters of an hour from UTC, and a zone that stays there all year.
const FIXED: &[(i32, &str)] = &[
    (-48, "Dateline Standard Time"),
    (-44, "Samoa Standard Time"),
    (-40, "Hawaiian Standard Time"),
    (-28, "US Mountain Standard Time"),
    (-24, "Canada Central Standard Time"),
    (-20, "SA Pacific Standard Time"),
    (-16, "SA Western Standard Time"),
    (-12, "SA Eastern Standard Time"),
    (0, "Greenwich Standard Time"),
    (8, "South Africa Standard Time"),
    (12, "Saudi Arabia Standard Time"),
    (16, "Arabian Standard Time"),
    (18, "Afghanistan Standard Time"),
    (20, "West Asia Standard Time"),
    (22, "India Standard Time"),
    (24, "Central Asia Standard Time"),
    (28, "SE Asia Standard Time"),
    (32, "Taipei Standard Time"),
    (36, "Tokyo Standard Time"),
    (38, "AUS Central Standard Time"),
    (40, "West Pacific Standard Time"),
    (44, "Central Pacific Standard Time"),
    (48, "Fiji Standard Time"),
];

const ZONES: &[(&str, &[&str])] = &[
    ("Samoa Standard Time", &["Pacific/Pago_Pago", "Pacific/Midway"]),
    ("Hawaiian Standard Time", &["Pacific/Honolulu"]),
    ("Alaskan Standard/Daylight Time", &["America/Anchorage", "America/Juneau"]),
    ("Pacific Standard/Daylight Time", &["America/Los_Angeles", "America/Vancouver", "America/Tijuana"]),
    ("Mountain Standard/Daylight Time", &["America/Denver", "America/Edmonton", "America/Boise"]),
    ("US Mountain Standard Time", &["America/Phoenix"]),
    ("Central Standard/Daylight Time", &["America/Chicago", "America/Winnipeg", "America/Menominee"]),
    (
        "Canada Central Standard Time",
        &["America/Regina", "America/Mexico_City", "America/Costa_Rica", "America/Guatemala"],
    ),
    ("SA Pacific Standard Time", &["America/Bogota", "America/Lima", "America/Panama", "America/Jamaica"]),
    (
        "Eastern Standard/Daylight Time",
        &[
            "America/New_York",
            "America/Toronto",
            "America/Detroit",
            "America/Indiana/Indianapolis",
            "America/Montreal",
        ],
    ),
    ("Atlantic Standard/Daylight Time", &["America/Halifax", "Atlantic/Bermuda"]),
    (
        "SA Western Standard Time",
        &["America/Caracas", "America/La_Paz", "America/Puerto_Rico", "America/Manaus"],
    ),
    ("Newfoundland Standard/Daylight Time", &["America/St_Johns"]),
    (
        "SA Eastern Standard Time",
        &[
            "America/Argentina/Buenos_Aires",
            "America/Buenos_Aires",
            "America/Sao_Paulo",
            "America/Montevideo",
        ],
    ),
    ("Azores Standard/Daylight Time", &["Atlantic/Azores"]),
    ("GMT Standard/Daylight Time", &["Europe/London", "Europe/Dublin", "Europe/Lisbon", "Atlantic/Canary"]),
    (
        "Greenwich Standard Time",
        &["UTC", "Etc/UTC", "Etc/GMT", "GMT", "Atlantic/Reykjavik", "Africa/Abidjan", "Africa/Accra"],
    ),
    (
        "W. Europe Standard/Daylight Time",
        &[
            "Europe/Berlin",
            "Europe/Amsterdam",
            "Europe/Rome",
            "Europe/Vienna",
            "Europe/Zurich",
            "Europe/Stockholm",
            "Europe/Oslo",
            "Europe/Luxembourg",
            "Europe/Malta",
            "Europe/Monaco",
            "Europe/Vaduz",
            "Europe/San_Marino",
        ],
    ),
    (
        "Romance Standard/Daylight Time",
        &["Europe/Paris", "Europe/Madrid", "Europe/Brussels", "Europe/Copenhagen"],
    ),
    (
        "Central Europe Standard/Daylight Time",
        &[
            "Europe/Prague",
            "Europe/Budapest",
            "Europe/Bratislava",
            "Europe/Belgrade",
            "Europe/Ljubljana",
            "Europe/Warsaw",
            "Europe/Zagreb",
            "Europe/Sarajevo",
            "Europe/Skopje",
            "Europe/Tirane",
        ],
    ),
    ("GTB Standard/Daylight Time", &["Europe/Athens", "Europe/Bucharest", "Asia/Nicosia"]),
    (
        "E. Europe Standard/Daylight Time",
        &[
            "Europe/Helsinki",
            "Europe/Kyiv",
            "Europe/Kiev",
            "Europe/Sofia",
            "Europe/Riga",
            "Europe/Tallinn",
            "Europe/Vilnius",
        ],
    ),
    ("Egypt Standard/Daylight Time", &["Africa/Cairo"]),
    ("South Africa Standard Time", &["Africa/Johannesburg", "Africa/Harare", "Africa/Maputo"]),
    ("Jerusalem Standard/Daylight Time", &["Asia/Jerusalem", "Asia/Tel_Aviv"]),
    (
        "Saudi Arabia Standard Time",
        &[
            "Asia/Riyadh",
            "Asia/Kuwait",
            "Asia/Baghdad",
            "Asia/Qatar",
            "Africa/Nairobi",
            "Europe/Moscow",
            "Europe/Istanbul",
            "Europe/Minsk",
        ],
    ),
    ("Iran Standard/Daylight Time", &["Asia/Tehran"]),
    ("Arabian Standard Time", &["Asia/Dubai", "Asia/Muscat", "Asia/Baku", "Asia/Tbilisi", "Asia/Yerevan"]),
    ("Afghanistan Standard Time", &["Asia/Kabul"]),
    ("West Asia Standard Time", &["Asia/Karachi", "Asia/Tashkent", "Asia/Yekaterinburg", "Asia/Almaty"]),
    ("India Standard Time", &["Asia/Kolkata", "Asia/Calcutta", "Asia/Colombo"]),
    ("Central Asia Standard Time", &["Asia/Dhaka", "Asia/Omsk", "Asia/Bishkek"]),
    ("SE Asia Standard Time", &["Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh", "Asia/Novosibirsk"]),
    (
        "China Standard/Daylight Time",
        &["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Chongqing", "Asia/Macau", "Asia/Urumqi"],
    ),
    (
        "Taipei Standard Time",
        &["Asia/Taipei", "Asia/Singapore", "Asia/Kuala_Lumpur", "Asia/Manila", "Australia/Perth"],
    ),
    ("Tokyo Standard Time", &["Asia/Tokyo", "Asia/Seoul"]),
    ("Cen. Australia Standard/Daylight Time", &["Australia/Adelaide", "Australia/Broken_Hill"]),
    ("AUS Central Standard Time", &["Australia/Darwin"]),
    ("E. Australia Standard Time", &["Australia/Brisbane"]),
    (
        "AUS Eastern Standard/Daylight Time",
        &["Australia/Sydney", "Australia/Melbourne", "Australia/Canberra"],
    ),
    ("Tasmania Standard/Daylight Time", &["Australia/Hobart"]),
    ("West Pacific Standard Time", &["Pacific/Guam", "Pacific/Port_Moresby", "Asia/Vladivostok"]),
    ("Central Pacific Standard Time", &["Pacific/Guadalcanal", "Pacific/Noumea", "Asia/Magadan"]),
    ("Fiji Standard Time", &["Pacific/Fiji", "Asia/Kamchatka"]),
    ("New Zealand Standard/Daylight Time", &["Pacific/Auckland"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn zones_are_found_by_their_names() {
        assert_eq!(cisco("Europe/Berlin"), Some("W. Europe Standard/Daylight Time"));
        assert_eq!(cisco("america/new_york"), Some("Eastern Standard/Daylight Time"));
        assert_eq!(cisco("UTC"), Some("Greenwich Standard Time"));
        assert_eq!(cisco("Mars/Olympus"), None);
        let all: Vec<&str> = names().collect();
        assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len(), "each stands once");
    }

    #[test]
    fn an_offset_alone_gets_a_zone_without_summer_time() {
        assert_eq!(fixed(0), "Greenwich Standard Time");
        assert_eq!(fixed(-5 * 3600), "SA Pacific Standard Time");
        assert_eq!(fixed(5 * 3600 + 1800), "India Standard Time");
        assert!(FIXED.iter().all(|(_, name)| !name.contains("Daylight")));
    }
}
