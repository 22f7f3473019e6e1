//! Counters of a call over all its streams.

use media::quality::VoiceQuality;
use skinny::types::CallReference;

use super::Stream;
use super::listen::Listen;
use super::talk::Talk;
use crate::input::Statistics;
use crate::profile::QualityForm;

/// What the streams of a call counted.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub call: CallReference,
    sent: (u64, u64),
    received: (u64, u64),
    lost: u64,
    jitter_ms: f64,
    quality: Option<VoiceQuality>,
}

impl Finished {
    pub fn new(call: CallReference) -> Self {
        Finished { call, sent: (0, 0), received: (0, 0), lost: 0, jitter_ms: 0.0, quality: None }
    }

    pub fn add(&mut self, other: &Finished) {
        self.sent = (self.sent.0 + other.sent.0, self.sent.1 + other.sent.1);
        self.received = (self.received.0 + other.received.0, self.received.1 + other.received.1);
        self.lost += other.lost;
        self.take_quality(other.jitter_ms, other.quality.clone());
    }

    /// A stream that goes on.
    pub fn add_stream(&mut self, stream: &Stream) {
        if let Some(talk) = &stream.talk {
            self.add_talk(talk);
        }
        if let Some(listen) = &stream.listen {
            self.add_listen(listen);
        }
    }

    pub fn add_talk(&mut self, talk: &Talk) {
        self.sent = (self.sent.0 + talk.packets(), self.sent.1 + talk.payload_bytes());
    }

    pub fn add_listen(&mut self, listen: &Listen) {
        let report = listen.report();
        self.received = (self.received.0 + report.packets, self.received.1 + report.payload_bytes);
        self.lost += report.lost;
        if report.packets > 0 {
            self.take_quality(report.jitter_ms, Some(listen.meter().quality()));
        }
    }

    /// The last stream that carried sound speaks for the call.
    fn take_quality(&mut self, jitter_ms: f64, quality: Option<VoiceQuality>) {
        if quality.is_some() {
            (self.jitter_ms, self.quality) = (jitter_ms, quality);
        }
    }

    pub fn statistics(&self, form: QualityForm, number: u32) -> Statistics {
        let word = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let quality = self.quality.as_ref().map_or_else(String::new, |quality| match form {
            QualityForm::None => String::new(),
            QualityForm::Mlqk => quality.to_string(),
            QualityForm::Log => quality.log_text(number),
        });
        Statistics {
            packets_sent: word(self.sent.0),
            octets_sent: word(self.sent.1),
            packets_received: word(self.received.0),
            octets_received: word(self.received.1),
            packets_lost: word(self.lost),
            jitter_ms: self.jitter_ms.round() as u32,
            latency_ms: 0,
            quality,
        }
    }
}
