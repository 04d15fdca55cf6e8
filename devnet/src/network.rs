//! The running processes of a devnet.

use crate::{DevnetError, Layout, NodeProcess, Runs, Topology};
use hansa_client::{
    Error, Member,
    connection::{Connection, TlsMaterial},
    profile::Profile,
};
use hansa_primitives::{Height, MemberId};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How to start nodes.
#[derive(Clone, Debug, Default)]
pub struct StartOptions {
    /// A behaviour for one node that lies, for example `equivocate`; needs a program with mocks.
    pub misbehave: Option<(MemberId, String)>,
}

/// Where a node is.
#[derive(Clone, Debug)]
pub struct NodeAddresses {
    /// Whose node.
    pub member: MemberId,
    /// Whether it votes.
    pub validator: bool,
    /// The process, if it runs.
    pub pid: Option<u32>,
    /// The gRPC address.
    pub grpc: String,
    /// The data directory.
    pub data: PathBuf,
}

/// A devnet whose nodes run. Dropping it kills them.
pub struct Network {
    program: PathBuf,
    layout: Layout,
    topology: Topology,
    options: StartOptions,
    nodes: BTreeMap<MemberId, NodeProcess>,
}

impl Network {
    /// Starts a node for each member that runs one.
    ///
    /// # Errors
    /// [`DevnetError::Spawn`] if the program does not start.
    pub fn start(
        program: &Path,
        layout: Layout,
        topology: Topology,
        options: StartOptions,
    ) -> Result<Self, DevnetError> {
        let mut network =
            Self { program: program.to_owned(), layout, topology, options, nodes: BTreeMap::new() };
        let members: Vec<MemberId> =
            network.topology.nodes().map(|node| node.member.clone()).collect();
        for member in &members {
            network.start_node(member)?;
        }
        Ok(network)
    }

    /// Where the files lie.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Who is in the consortium.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// The program that nodes run.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Starts one node that does not run.
    ///
    /// # Errors
    /// [`DevnetError::NoNode`] or [`DevnetError::Spawn`].
    pub fn start_node(&mut self, member: &MemberId) -> Result<(), DevnetError> {
        if !self.topology.nodes().any(|node| node.member == *member) {
            return Err(DevnetError::NoNode(member.clone()));
        }
        let extra = match &self.options.misbehave {
            Some((liar, behaviour)) if liar == member => {
                vec!["--misbehave".to_owned(), behaviour.clone()]
            }
            _ => Vec::new(),
        };
        let process = NodeProcess::start(
            &self.program,
            member.clone(),
            &self.layout.node_config(member),
            &self.layout.node_log(member),
            &extra,
        )?;
        self.nodes.insert(member.clone(), process);
        Ok(())
    }

    /// Kills one node at once (SIGKILL).
    pub fn kill_node(&mut self, member: &MemberId) {
        if let Some(process) = self.nodes.remove(member) {
            process.kill();
        }
    }

    /// Kills all nodes at once.
    pub fn kill_all(&mut self) {
        // Signalled first and waited for afterwards, so that they end together.
        for process in self.nodes.values() {
            process.signal("KILL");
        }
        self.nodes.clear();
    }

    /// Starts all nodes that do not run.
    ///
    /// # Errors
    /// As [`Network::start_node`].
    pub fn start_all(&mut self) -> Result<(), DevnetError> {
        let missing: Vec<MemberId> = self
            .topology
            .nodes()
            .map(|node| node.member.clone())
            .filter(|member| !self.nodes.contains_key(member))
            .collect();
        missing.iter().try_for_each(|member| self.start_node(member))
    }

    /// Stops all nodes in order.
    pub fn stop(mut self) {
        let nodes = std::mem::take(&mut self.nodes);
        for process in nodes.values() {
            process.signal("TERM");
        }
        for (_, process) in nodes {
            process.stop(Duration::from_secs(5));
        }
    }

    /// The nodes and where they are.
    pub fn addresses(&self) -> Result<Vec<NodeAddresses>, DevnetError> {
        self.topology
            .nodes()
            .map(|node| {
                let profile = self.profile(&node.member)?;
                Ok(NodeAddresses {
                    member: node.member.clone(),
                    validator: node.runs == Runs::Validator,
                    pid: self.nodes.get(&node.member).map(NodeProcess::pid),
                    grpc: profile.nodes.first().map(|node| node.url.clone()).unwrap_or_default(),
                    data: self.layout.node_data(&node.member),
                })
            })
            .collect()
    }

    /// The SDK, opened for a member with that member's own keys.
    ///
    /// # Errors
    /// [`DevnetError::Client`] if its files cannot be read.
    pub async fn member(&self, member: &MemberId) -> Result<Member, DevnetError> {
        let profile = self.profile(member)?;
        let passphrase = profile
            .passphrase
            .read(|_| Err(std::io::ErrorKind::Unsupported.into()))
            .map_err(Error::from)?;
        Ok(Member::open(&profile, &passphrase).await?)
    }

    fn profile(&self, member: &MemberId) -> Result<Profile, DevnetError> {
        Ok(Profile::load(&self.layout.member(member).profile()).map_err(Error::from)?)
    }

    /// Waits until every running node has executed a height.
    ///
    /// # Errors
    /// [`DevnetError::NodeEnded`] if a node ends meanwhile, [`DevnetError::Timeout`] if it takes longer.
    pub async fn wait_for_height(
        &mut self,
        height: Height,
        patience: Duration,
    ) -> Result<(), DevnetError> {
        let members: Vec<MemberId> = self.nodes.keys().cloned().collect();
        for member in members {
            self.wait_for_node(&member, height, patience).await?;
        }
        Ok(())
    }

    /// Waits until one node has executed a height.
    ///
    /// # Errors
    /// As [`Network::wait_for_height`].
    pub async fn wait_for_node(
        &mut self,
        member: &MemberId,
        height: Height,
        patience: Duration,
    ) -> Result<(), DevnetError> {
        let deadline = Instant::now() + patience;
        let profile = self.profile(member)?;
        let tls = TlsMaterial::load(&profile.tls)?;
        let connection = Connection::new(&profile.nodes, &tls)?;
        loop {
            for process in self.nodes.values_mut() {
                process.check_running()?;
            }
            let reached = connection.node_status().await.map(|status| status.executed_height);
            if reached.is_ok_and(|reached| reached >= height.0) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(DevnetError::Timeout {
                    what: format!("height {height} on the node of {member}"),
                    seconds: patience.as_secs(),
                    logs: self.layout.root().join("nodes"),
                });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Resident memory of each node in MiB, in the order of [`Network::addresses`].
    pub fn memory_mib(&self) -> Vec<u64> {
        self.topology
            .nodes()
            .filter_map(|node| self.nodes.get(&node.member))
            .map(|process| resident_mib(process.pid()))
            .collect()
    }
}

fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kib| kib / 1024)
}
