//! The `key=value` pairs of a trace line: blanks around `=`, commas or not, colons instead, pairs run together.

/// Pairs read from one record; what comes behind is left out.
pub const MAX_PAIRS: usize = 64;

/// A key and its value as they stand.
pub type Pair<'a> = (&'a [u8], &'a [u8]);

/// The pairs of a text.
pub fn pairs(text: &[u8]) -> Vec<Pair<'_>> {
    let mut out: Vec<Pair<'_>> = Vec::new();
    let mut open: Option<(&[u8], usize)> = None;
    let mut at = 0;
    while at < text.len() && out.len() < MAX_PAIRS {
        let value = open.map_or(&b""[..], |(_, from)| &text[from..at]);
        let Some((key, behind)) = key_at(text, at, value) else {
            at += 1;
            continue;
        };
        if let Some((key, from)) = open.replace((key, behind)) {
            out.push((key, tidy(&text[from..at])));
        }
        at = behind;
    }
    if let Some((key, from)) = open
        && out.len() < MAX_PAIRS
    {
        out.push((key, tidy(&text[from..])));
    }
    out
}

/// Whether a text begins with a pair.
pub fn begins_with_pair(text: &[u8]) -> bool {
    key_at(text, 0, b"").is_some()
}

/// The value of a key, whatever its letter case.
pub fn value<'a>(pairs: &[Pair<'a>], key: &str) -> Option<&'a [u8]> {
    pairs.iter().find(|(found, _)| found.eq_ignore_ascii_case(key.as_bytes())).map(|(_, value)| *value)
}

/// A key at `at` and where its value begins; `value` is what the pair before has as its value so far.
fn key_at<'a>(text: &'a [u8], at: usize, value: &[u8]) -> Option<(&'a [u8], usize)> {
    let rest = &text[at..];
    if !rest.first()?.is_ascii_alphabetic() {
        return None;
    }
    let separated = at == 0 || matches!(text[at - 1], b' ' | b',' | b';' | b'\t' | b'\n' | b'|' | b']');
    // `CI=31614360Line=1`: a number can't go on with letters.
    let glued = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    if !separated && !glued {
        return None;
    }
    let len =
        rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
    let blanks = rest[len..].iter().take_while(|byte| **byte == b' ').count();
    let sign = len + blanks;
    let is_key = match rest.get(sign)? {
        b'=' => rest.get(sign + 1) != Some(&b'='),
        b':' => separated && blanks == 0 && matches!(rest.get(sign + 1), None | Some(b' ' | b'(')),
        _ => false,
    };
    is_key.then(|| (&rest[..len], at + sign + 1))
}

fn tidy(value: &[u8]) -> &[u8] {
    let mut value = value.trim_ascii();
    while let [front @ .., b',' | b'.' | b';' | b'|'] = value {
        value = front.trim_ascii_end();
    }
    // Our own server's lines have texts in quotes.
    value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &str)]) {
        let shown: Vec<(String, String)> = pairs(text.as_bytes())
            .into_iter()
            .map(|(key, value)| (String::from_utf8_lossy(key).into(), String::from_utf8_lossy(value).into()))
            .collect();
        let expect: Vec<(String, String)> = expect.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn pairs_as_traces_write_them() {
        check(
            "stim: 9=Line instance=1 lampMode=LampOn",
            &[("stim", "9=Line"), ("instance", "1"), ("lampMode", "LampOn")],
        );
        check(
            "CallingPartyName=,  CallingParty=2002, tcpHandle=0x1",
            &[("CallingPartyName", ""), ("CallingParty", "2002"), ("tcpHandle", "0x1")],
        );
        check("tcpHandle=0x4fbbc30, Display= 1001 ", &[("tcpHandle", "0x4fbbc30"), ("Display", "1001")]);
        check("Digit=0 CI=31614360Line=1", &[("Digit", "0"), ("CI", "31614360"), ("Line", "1")]);
        check(
            "sourceIpAddr=IpAddr.type:0 ipAddr:0x0e30(10.4.3.3). myIP: e746 (1.2)",
            &[("sourceIpAddr", "IpAddr.type:0 ipAddr:0x0e30(10.4.3.3)"), ("myIP", "e746 (1.2)")],
        );
        check(
            "timeDateInfo=7/21/2006 13:15:39,5 systemTime=1153458939.",
            &[("timeDateInfo", "7/21/2006 13:15:39,5"), ("systemTime", "1153458939")],
        );
        check("compressionType:(4)Media_Payload", &[("compressionType", "(4)Media_Payload")]);
        check("calling_party=\"1001\" name=\"A. B\"", &[("calling_party", "1001"), ("name", "A. B")]);
        check("TCPPid = [1.100.117.1]", &[("TCPPid", "[1.100.117.1]")]);
    }
}
