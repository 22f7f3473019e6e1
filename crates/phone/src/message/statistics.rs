//! Counters of a call: the server asks, the audio path knows.

use skinny::message::statistics::StatisticsMode;
use skinny::message::{ConnectionStatisticsReq, ConnectionStatisticsRes};
use skinny::types::{CallReference, Count, Data, StatisticsNumber};

use crate::input::Statistics;
use crate::media::{REPORTS_MAX, Report};
use crate::output::Audio;
use crate::phone::Phone;
use crate::profile::QualityForm;
use crate::timer::Timer;

/// Bytes before the quality text, and of the whole buffer for it that old phones send.
const FIXED_BYTES_OLD: usize = 64;
const TEXT_BUFFER: usize = 600;

impl Phone {
    pub(super) fn statistics_wanted(&mut self, request: &ConnectionStatisticsReq<'_>) {
        if self.media.reports.len() >= REPORTS_MAX {
            self.report_overdue();
        }
        let number = request.directory_number.text().into();
        let (call, mode) = (request.call_reference, request.stats_processing_mode);
        self.media.reports.push(Report { call, number, mode });
        self.timers.set(Timer::Report, self.now + self.config.timing.statistics);
        self.order(Audio::Report { call });
    }

    pub(crate) fn statistics_told(&mut self, call: CallReference, statistics: &Statistics) {
        let Some(index) = self.media.reports.iter().position(|report| report.call == call) else { return };
        let report = self.media.reports.remove(index);
        self.send_statistics(&report, statistics);
        if self.media.reports.is_empty() {
            self.timers.clear(Timer::Report);
            self.media.reports = Vec::new();
        }
    }

    /// The driver has no counters, or is too slow: zeros rather than silence.
    pub(crate) fn report_overdue(&mut self) {
        for report in std::mem::take(&mut self.media.reports) {
            self.send_statistics(&report, &Statistics::default());
        }
    }

    fn send_statistics(&mut self, report: &Report, statistics: &Statistics) {
        let quality = statistics.quality.as_bytes();
        let quality = &quality[..quality.len().min(TEXT_BUFFER)];
        let quality = if self.config.profile.quality == QualityForm::None { &[] } else { quality };
        let message = ConnectionStatisticsRes {
            directory_number: StatisticsNumber::new(&report.number),
            call_reference: report.call,
            stats_processing_mode: StatisticsMode(report.mode),
            number_packets_sent: statistics.packets_sent,
            number_octets_sent: statistics.octets_sent,
            number_packets_received: statistics.packets_received,
            number_octets_received: statistics.octets_received,
            number_packets_lost: statistics.packets_lost,
            jitter: statistics.jitter_ms,
            latency: statistics.latency_ms,
            data_size: Count(quality.len() as u32),
            data: Data::new(quality),
        };
        if self.config.profile.whole_statistics {
            self.send_cut(&message, FIXED_BYTES_OLD + TEXT_BUFFER);
        } else {
            self.send(&message);
        }
    }
}
