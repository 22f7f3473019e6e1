//! Music for those who are held: by the name of its source, and to the groups to which it is sent all the time.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use exchange::media::{MediaParty, OrderId};
use exchange::plan::Music as Groups;
use media::engine::{Format, Play, Setup, SoundId};
use skinny::codes::MediaPayloadType;

use super::{Desk, codec_of};

/// Milliseconds of a packet that is sent to a group.
const PACKET_MS: u32 = 20;

/// What there is to play.
#[derive(Debug, Default)]
pub(in crate::media) struct Music {
    /// Where no source is named.
    pub usual: Option<SoundId>,
    /// By name.
    pub named: BTreeMap<String, SoundId>,
    /// Groups to which it is sent.
    pub groups: Vec<(SoundId, Groups)>,
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
        let named = self.music.named.get(source).copied();
        let sound = named.or(self.music.usual).ok_or("there is no music")?;
        self.begin(id, None)?;
        let (opened, address) = self.open(now, id, party)?;
        let play = Play::Sound { sound, repeat: true };
        self.engine.play(now, opened, &play).map_err(|error| error.to_string())?;
        Ok(vec![address])
    }

    /// Begins to send to the groups, in each codec that phones may listen in.
    pub(in crate::media) fn serve_groups(&mut self, now: Duration) {
        for (sound, groups) in std::mem::take(&mut self.music.groups) {
            for (codec, _) in Groups::GROUPS {
                if let Some(group) = groups.group(codec)
                    && let Err(error) = self.serve_group(now, sound, codec, group)
                {
                    tracing::error!("no music to {group}: {error}");
                }
            }
        }
    }

    fn serve_group(
        &mut self,
        now: Duration,
        sound: SoundId,
        codec: u32,
        group: SocketAddr,
    ) -> Result<(), String> {
        let kind = codec_of(MediaPayloadType(codec)).ok_or("its codec can't be encoded here")?;
        let local: IpAddr = match group {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
        };
        let number = self.ports.take().ok_or("all ports for audio are in use")?;
        let port = self.sockets.open(local, number).map_err(|error| error.to_string())?;
        let format = Format::new(kind, PACKET_MS);
        let setup = Setup { port, format, remote: Some(group), signals_from: Some(group.ip()) };
        let party = self.engine.open(now, &setup).map_err(|error| error.to_string())?;
        let play = Play::Sound { sound, repeat: true };
        self.engine.play(now, party, &play).map_err(|error| error.to_string())
    }
}
