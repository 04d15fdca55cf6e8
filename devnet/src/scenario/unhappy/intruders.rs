//! Members that are members no more, and members that look where they may not.

use super::super::{
    closed, papers,
    report::Notes,
    trade::{Trade, must},
};
use crate::{DevnetError, Network};
use hansa_client::{Error, authority::Authority};
use hansa_documents::DocumentType;
use hansa_primitives::MemberId;

/// The insurer's certificate is revoked; no validator takes its next transaction.
pub(super) async fn revoked(network: &mut Network, notes: &mut Notes) -> Result<(), DevnetError> {
    let trade = Trade::open(network, "2018DE-MILCHPULVER-REVOKED").await?;
    let insurer = trade.member("insurer")?;
    let signed = insurer.sign(papers::harmless_call(&trade)?).await?;
    let list = {
        let mut authority =
            Authority::open(&network.layout().authority(), crate::create::PASSPHRASE)
                .map_err(Error::from)?;
        let now = hansa_client::clock::now();
        for serial in authority.serials_of(&MemberId::new("insurer")?) {
            authority.revoke(&serial, now).map_err(Error::from)?;
        }
        authority.revocation_list(now).map_err(Error::from)?
    };
    let committed = trade.member("german-customs")?.registry().revoke(list).await?;
    notes.committed(&committed);
    for validator in ["german-customs", "tianjin-customs", "bank-of-china", "second-bank"] {
        papers::wait_for_height_at(&trade, validator, committed.height).await?;
        let taken = trade.member(validator)?.submit_signed_and_wait(&signed).await;
        match taken {
            Err(error) if error.rule() == Some("TX-007") => {
                notes.saw(format!("{validator}: {error}"));
            }
            Err(error) => return Err(error.into()),
            Ok(_) => must(false, format!("{validator} refuses the insurer's transaction"))?,
        }
    }
    match insurer.node_status().await {
        Err(error) if error.to_string().contains("revoked") => {
            notes.saw(format!("its calls are refused too: {error}"));
        }
        Err(error) => return Err(error.into()),
        Ok(_) => must(false, "the insurer's client is refused by its node")?,
    }
    Ok(())
}

/// The policy was granted to milchpulver, fangxin, suto and tianjin-customs, not to mrt.
pub(super) async fn curious(network: &mut Network, notes: &mut Notes) -> Result<(), DevnetError> {
    let trade = Trade::open(network, papers::UCR).await?;
    let listed = trade.member("milchpulver")?.documents().list(Some(&trade.ucr)).await?;
    let policy = listed
        .iter()
        .find(|entry| entry.kind == DocumentType::InsurancePolicy)
        .ok_or_else(|| DevnetError::Other("the trade has no policy".into()))?;
    match trade.member("mrt")?.documents().open(&policy.document, None).await {
        Err(error @ Error::Denied { .. }) => notes.saw(format!("mrt is refused: {error}")),
        Err(error) => return Err(error.into()),
        Ok(_) => return must(false, "mrt is refused"),
    }
    closed::nothing_opens_without_a_grant(network, &trade, notes).await?;
    for node in network.addresses()? {
        let held = closed::holds_plaintext(&node.data)?;
        must(!held, format!("the data directory of {} holds a line of a paper", node.member))?;
    }
    notes.saw("no data directory holds a line of any paper");
    Ok(())
}
