//! Music for those who are held: by the name of its source, and to the groups to which it is sent all the time.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use exchange::media::{MediaParty, OrderId};
use exchange::plan::Music as Groups;
use media::engine::{Format, LIVE_FRAME, LiveId, Play, Setup, SoundId};
use skinny::codes::MediaPayloadType;

use super::{Desk, codec_of};
use crate::media::live::command::Feed;
use crate::media::live::{LiveSource, MusicBoard};

/// Milliseconds of a packet that is sent to a group.
const PACKET_MS: u32 = 20;

/// What there is to play.
#[derive(Debug, Default)]
pub(in crate::media) struct Music {
    /// Where no source is named.
    pub usual: Option<SoundId>,
    /// By name.
    pub named: BTreeMap<String, Piece>,
    /// How live sources are.
    pub board: Arc<MusicBoard>,
    /// Programs whose output is heard.
    pub feeds: Vec<(LiveId, Feed)>,
}

/// A source.
#[derive(Debug)]
pub(in crate::media) struct Piece {
    /// Its files; nothing: the usual music, while its live source is silent.
    pub sound: Option<SoundId>,
    /// Groups to which it is sent.
    pub groups: Groups,
    /// Our address from which it is sent there.
    pub groups_from: Option<IpAddr>,
    /// What is heard in place of its files while it comes.
    pub source: Option<LiveSource>,
    live: Option<LiveId>,
}

impl Piece {
    pub fn new(source: &crate::media::MusicSource, sound: Option<SoundId>) -> Piece {
        Piece {
            sound,
            groups: source.groups,
            groups_from: source.groups_from,
            source: source.live.clone(),
            live: None,
        }
    }
}

impl Music {
    fn play(&self, source: &str) -> Option<Play> {
        let piece = self.named.get(source);
        let sound = piece.and_then(|piece| piece.sound).or(self.usual)?;
        Some(match piece.and_then(|piece| piece.live) {
            Some(live) => Play::Live { live, instead: sound },
            None => Play::Sound { sound, repeat: true },
        })
    }
}

impl Desk {
    /// A port from which a party hears music.
    pub(super) fn play_music(
        &mut self,
        now: Duration,
        id: OrderId,
        party: &MediaParty,
        source: &str,
    ) -> Result<Vec<SocketAddr>, String> {
        let play = self.music.play(source).ok_or("there is no music")?;
        self.begin(id, None)?;
        let (opened, address) = self.open(now, id, party)?;
        self.engine.play(now, opened, &play).map_err(|error| error.to_string())?;
        Ok(vec![address])
    }

    /// Begins to listen to live sources. One that can't be had is said, and its files are heard.
    pub(in crate::media) fn open_lives(&mut self, now: Duration) {
        let sources = self.music.named.iter();
        let sources: Vec<(String, LiveSource)> =
            sources.filter_map(|(name, piece)| Some((name.clone(), piece.source.clone()?))).collect();
        for (name, source) in sources {
            self.music.board.add(&name, &source);
            match self.open_live(now, &name, &source) {
                Ok(live) => {
                    if let Some(piece) = self.music.named.get_mut(&name) {
                        piece.live = Some(live);
                    }
                }
                Err(problem) => {
                    tracing::error!("music {name}: no {source}: {problem}");
                    self.music.board.change(&name, |state| state.problem = Some(problem));
                }
            }
        }
    }

    fn open_live(&mut self, now: Duration, name: &str, source: &LiveSource) -> Result<LiveId, String> {
        match source {
            LiveSource::Command(words) => {
                let feed = Feed::start(now, name, words, &self.music.board);
                let feed = feed.map_err(|error| error.to_string())?;
                let live = self.engine.live_of_samples(now).map_err(|error| error.to_string())?;
                self.music.feeds.push((live, feed));
                Ok(live)
            }
            LiveSource::Rtp { at, from } => {
                let port = self.sockets.listen(*at).map_err(|error| error.to_string())?;
                self.engine.live_of_packets(now, port, *from).map_err(|error| error.to_string())
            }
        }
    }

    /// Takes what programs have said since the last tick.
    pub(in crate::media) fn feed_lives(&mut self, now: Duration) {
        for (live, feed) in &mut self.music.feeds {
            while self.engine.live_room(*live) >= LIVE_FRAME
                && let Some(frame) = feed.frame(now)
            {
                self.engine.live_samples(*live, &frame);
            }
        }
    }

    /// A live source is heard, or not any more.
    pub(super) fn note_live(&self, live: LiveId, on: bool) {
        let named = self.music.named.iter().find(|(_, piece)| piece.live == Some(live));
        let Some((name, _)) = named else { return };
        if on {
            tracing::info!("music {name}: its live source is heard");
        } else {
            tracing::warn!(
                "music {name}: nothing comes of its live source; other music is heard in its place"
            );
        }
        self.music.board.change(name, |state| state.live = on);
    }

    /// Begins to send to the groups, in each codec that phones may listen in.
    pub(in crate::media) fn serve_groups(&mut self, now: Duration) {
        let served = self
            .music
            .named
            .iter()
            .filter_map(|(name, piece)| Some((self.music.play(name)?, piece.groups, piece.groups_from)));
        let served: Vec<(Play, Groups, Option<IpAddr>)> = served.collect();
        for (play, groups, from) in served {
            for (codec, _) in Groups::GROUPS {
                if let Some(group) = groups.group(codec)
                    && let Err(error) = self.serve_group(now, &play, codec, (group, from))
                {
                    tracing::error!("no music to {group}: {error}");
                }
            }
        }
    }

    fn serve_group(
        &mut self,
        now: Duration,
        play: &Play,
        codec: u32,
        (group, from): (SocketAddr, Option<IpAddr>),
    ) -> Result<(), String> {
        let kind = codec_of(MediaPayloadType(codec)).ok_or("its codec can't be encoded here")?;
        let any: IpAddr = match group {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
        };
        let number = self.ports.take().ok_or("all ports for audio are in use")?;
        let port = self.sockets.open(from.unwrap_or(any), number).map_err(|error| error.to_string())?;
        let format = Format::new(kind, PACKET_MS);
        let setup = Setup { port, format, remote: Some(group), signals_from: Some(group.ip()) };
        let party = self.engine.open(now, &setup).map_err(|error| error.to_string())?;
        self.engine.play(now, party, play).map_err(|error| error.to_string())
    }
}
