//! Who is in the consortium and what each member runs, from a TOML file.

use crate::DevnetError;
use hansa_contracts::shipment::Parties;
use hansa_primitives::{ChainId, MemberId, certificate::Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The clients of [`Topology::validators`].
const TRADERS: [(&str, Role); 6] = [
    ("exporter", Role::Exporter),
    ("importer", Role::Importer),
    ("forwarder", Role::FreightForwarder),
    ("carrier", Role::Carrier),
    ("insurer", Role::Insurer),
    ("customs", Role::CustomsAuthority),
];

/// A consortium to be set up on this machine.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// The ledger's name.
    pub chain: ChainId,
    /// The members, in the order of the genesis registry.
    #[serde(rename = "member")]
    pub members: Vec<MemberTopology>,
}

/// One member.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MemberTopology {
    /// Short name.
    pub member: MemberId,
    /// Legal name.
    pub name: String,
    /// Role that the certificate states.
    pub role: Role,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What the member runs.
    pub runs: Runs,
    /// For a member without a node: whose node its client connects to.
    pub gateway: Option<MemberId>,
}

/// What a member runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// A node that votes.
    Validator,
    /// A node that follows.
    Node,
    /// Only a client; its keys are on no node.
    Client,
}

impl Topology {
    /// The consortium of the milk-powder trade: eleven members, eight nodes, four validators.
    pub fn milk_powder() -> Self {
        toml::from_str(include_str!("../topologies/milk-powder.toml"))
            .expect("the built-in topology is tested to parse")
    }

    /// Validators that do nothing else, and one client a role to trade with, for benches and tests.
    ///
    /// # Errors
    /// [`DevnetError::Id`] if the count is beyond all names.
    pub fn validators(count: usize) -> Result<Self, DevnetError> {
        let first = MemberId::new("validator-0")?;
        let validators = (0..count).map(|number| {
            let member = format!("validator-{number}");
            (member, Role::Bank, Runs::Validator, None)
        });
        let clients = TRADERS
            .map(|(member, role)| (member.to_owned(), role, Runs::Client, Some(first.clone())));
        let members = validators
            .chain(clients)
            .map(|(member, role, runs, gateway)| {
                let name = member.clone();
                let (member, country) = (MemberId::new(member)?, "DE".to_owned());
                Ok(MemberTopology { member, name, role, country, runs, gateway })
            })
            .collect::<Result<_, DevnetError>>()?;
        Ok(Self { chain: ChainId::new("bench")?, members })
    }

    /// The parties of a shipment among the clients of [`Topology::validators`].
    ///
    /// # Errors
    /// [`DevnetError::Id`] never, since the names are fixed and well-formed.
    pub fn traders() -> Result<Parties, DevnetError> {
        Ok(Parties {
            exporter: MemberId::new("exporter")?,
            importer: MemberId::new("importer")?,
            export_forwarder: MemberId::new("forwarder")?,
            import_declarant: MemberId::new("forwarder")?,
            carrier: MemberId::new("carrier")?,
            insurer: MemberId::new("insurer")?,
            export_customs: MemberId::new("customs")?,
            import_customs: MemberId::new("customs")?,
        })
    }

    /// Reads a topology file.
    ///
    /// # Errors
    /// [`DevnetError::Topology`] if it is no topology, or a member names a gateway that runs no node.
    pub fn parse(text: &str) -> Result<Self, DevnetError> {
        let topology: Self =
            toml::from_str(text).map_err(|error| DevnetError::Topology(error.to_string()))?;
        topology.check()?;
        Ok(topology)
    }

    fn check(&self) -> Result<(), DevnetError> {
        let refuse = |text: String| Err(DevnetError::Topology(text));
        let nodes: BTreeSet<&MemberId> = self.nodes().map(|member| &member.member).collect();
        let names: BTreeSet<&MemberId> = self.members.iter().map(|member| &member.member).collect();
        if names.len() != self.members.len() {
            return refuse("a member is listed twice".into());
        }
        if !self.members.iter().any(|member| member.runs == Runs::Validator) {
            return refuse("no member runs a validator".into());
        }
        for member in &self.members {
            match (&member.gateway, member.runs) {
                (Some(gateway), Runs::Client) if nodes.contains(gateway) => {}
                (None, Runs::Validator | Runs::Node) => {}
                (Some(gateway), Runs::Client) => {
                    return refuse(format!("{}: gateway {gateway} runs no node", member.member));
                }
                (None, Runs::Client) => {
                    return refuse(format!("{}: a client needs a gateway", member.member));
                }
                (Some(_), _) => {
                    return refuse(format!("{}: a node needs no gateway", member.member));
                }
            }
        }
        Ok(())
    }

    /// Members that run a node.
    pub fn nodes(&self) -> impl Iterator<Item = &MemberTopology> {
        self.members.iter().filter(|member| member.runs != Runs::Client)
    }

    /// The node that a member's client connects to.
    pub fn node_of<'a>(&'a self, member: &'a MemberTopology) -> &'a MemberId {
        member.gateway.as_ref().unwrap_or(&member.member)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_milk_powder_consortium_is_as_the_scenario_says() {
        let topology = Topology::milk_powder();
        topology.check().unwrap();
        assert_eq!(topology.members.len(), 11);
        assert_eq!(topology.nodes().count(), 8);
        let validators: Vec<_> = topology
            .members
            .iter()
            .filter(|member| member.runs == Runs::Validator)
            .map(|member| member.member.as_str())
            .collect();
        assert_eq!(
            validators,
            ["german-customs", "tianjin-customs", "bank-of-china", "second-bank"]
        );
    }

    #[test]
    fn mistakes_are_named() {
        let text = include_str!("../topologies/milk-powder.toml");
        let wrong =
            |from: &str, to: &str| Topology::parse(&text.replacen(from, to, 1)).unwrap_err();
        assert!(wrong("gateway = \"mrt\"", "gateway = \"ihk\"").to_string().contains("no node"));
        assert!(wrong("runs = \"node\"", "runs = \"nodes\"").to_string().contains("nodes"));
        assert!(wrong("country", "county").to_string().contains("county"));
    }
}
