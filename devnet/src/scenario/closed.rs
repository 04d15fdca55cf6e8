//! What is closed to whom: no document opens without a grant, whatever lies on the disk of one's node.

use super::{papers, report::Notes, trade::Trade, trade::must};
use crate::{DevnetError, Network};
use hansa_client::{Error, Member};
use hansa_contracts::document::VersionRecord;
use hansa_documents::sealing::{GrantedKeys, open_granted};
use hansa_primitives::{Digest, DocumentId, MemberId, Version};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Everything that one member can read of the trade, with the keys that it holds for it.
struct Reader<'a> {
    id: &'a MemberId,
    sdk: &'a Member,
    keys: BTreeMap<(DocumentId, Version), GrantedKeys>,
}

/// Tries every document of the trade with every member that was granted nothing of it: through the SDK,
/// with all keys that the member holds, and with the keys on the ledger that were wrapped for others.
pub(super) async fn nothing_opens_without_a_grant(
    network: &Network,
    trade: &Trade,
    notes: &mut Notes,
) -> Result<(), DevnetError> {
    let mut records = BTreeMap::new();
    let mut readers = Vec::new();
    for member in &network.topology().members {
        let sdk = trade.member(member.member.as_str())?;
        let mut reader = Reader { id: &member.member, sdk, keys: BTreeMap::new() };
        for entry in sdk.documents().list(None).await? {
            let place = (entry.document, entry.version);
            records.insert(place, sdk.documents().record(&place.0, Some(place.1)).await?);
            if entry.readable {
                let opened = sdk.documents().open(&place.0, Some(place.1)).await?;
                reader.keys.insert(place, opened.keys);
            }
        }
        readers.push(reader);
    }
    let (mut closed, mut tried) = (0, 0);
    for (place, record) in &records {
        for reader in readers.iter().filter(|reader| !reader.keys.contains_key(place)) {
            tried += stays_closed(network, reader, record).await?;
            closed += 1;
        }
    }
    must(closed > 0 && tried > closed, "there are documents that some may not read")?;
    notes.saw(format!(
        "{} documents, {closed} pairs of a document and a member without a grant: none opens, with \
         {tried} keys tried on the bytes in the nodes' data directories",
        records.len()
    ));
    Ok(())
}

/// Tries one document as one member. Returns how many keys were tried.
async fn stays_closed(
    network: &Network,
    reader: &Reader<'_>,
    record: &VersionRecord,
) -> Result<usize, DevnetError> {
    let (document, version) = (record.document(), record.version());
    let opens =
        |how: &str| must(false, format!("{} opens {} {document} {how}", reader.id, record.kind()));
    match reader.sdk.documents().open(document, Some(version)).await {
        Err(Error::Denied { .. }) => {}
        Err(error) => return Err(error.into()),
        Ok(_) => opens("through its node")?,
    }
    let bytes = sealed_on_disk(&network.layout().node_data(reader.id), &record.header.sealed)?;
    let chain = reader.sdk.chain();
    for keys in reader.keys.values() {
        if open_granted(chain, &record.header, &bytes, keys).is_ok() {
            opens("with the key of another document")?;
        }
    }
    let mut grants =
        reader.sdk.read(|view| hansa_contracts::grant::grants_on(view, document)).await?;
    // Of another version the member may have been granted the key.
    grants.retain(|grant| grant.terms.version == version);
    let own = reader.sdk.keys().document();
    for grant in &grants {
        // As if the grant were for this member: only the key that it was wrapped for opens it.
        let mut terms = grant.terms.clone();
        terms.reader_key = own.encryption_key().fingerprint();
        if own.unwrap(&terms, &grant.wrapped).is_ok() {
            opens("with a key that was wrapped for another member")?;
        }
    }
    Ok(reader.keys.len() + grants.len())
}

/// Text of the papers that stands nowhere else, neither in the registry nor in a shipment.
const PLAINTEXT: [&[u8]; 6] = [
    b"whole milk powder",
    b"Whole milk powder",
    papers::INVOICE_NUMBER.as_bytes(),
    b"Molkereistra",
    b"HLCU2045189",
    b"NCI-2018-88123",
];

/// Whether any file below a node's data directory holds a line of the papers.
pub(super) fn holds_plaintext(data: &Path) -> Result<bool, DevnetError> {
    for entry in fs::read_dir(data).map_err(DevnetError::file(data))? {
        let path = entry.map_err(DevnetError::file(data))?.path();
        let found = if path.is_dir() {
            holds_plaintext(&path)?
        } else {
            // A file may go while the node compacts its store; what is gone holds nothing.
            let bytes = fs::read(&path).unwrap_or_default();
            PLAINTEXT
                .iter()
                .any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The sealed bytes that a node keeps under a digest; any node's will do, so another's is taken if this one
/// has none.
fn sealed_on_disk(data: &Path, digest: &Digest) -> Result<Vec<u8>, DevnetError> {
    let nodes = data.parent().and_then(Path::parent).unwrap_or(data);
    find_file(data, &digest.to_string())
        .or_else(|| find_file(nodes, &digest.to_string()))
        .and_then(|path| fs::read(path).ok())
        .ok_or_else(|| DevnetError::Other(format!("no node keeps the sealed bytes {digest}")))
}

fn find_file(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.filter_map(Result::ok).find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return find_file(&path, name);
        }
        // The store spreads its files over folders named by the first digits.
        let folder = folder.file_name().unwrap_or_default().to_string_lossy();
        let file = entry.file_name().to_string_lossy().into_owned();
        (file.contains(name) || format!("{folder}{file}").contains(name)).then_some(path)
    })
}
