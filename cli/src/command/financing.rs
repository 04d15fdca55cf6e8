//! `hansa finance`: applications for financing, and what a bank does with them.

use crate::{error::CliError, session::Session};
use clap::Subcommand;
use hansa_client::financing::Application;
use hansa_primitives::{
    MemberId, Ucr,
    amount::{Amount, Currency},
};
use rust_decimal::Decimal;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Apply for financing of a shipment: proves that it is not financed elsewhere and shows nothing else.
    ///
    /// Example: hansa finance apply DE-MILK-1 19215.00 EUR --bank bank-of-china
    Apply {
        ucr: Ucr,
        value: Decimal,
        currency: Currency,
        /// The bank; its node is found in the registry.
        #[arg(long)]
        bank: MemberId,
        /// Send the registration although the trade is financed already: the validators refuse it.
        #[arg(long)]
        force: bool,
    },
    /// Applications that your bank has received.
    List,
    /// Register the financing of an application and record that the funds were released.
    Register {
        application: String,
        /// Although the verdict was bad: the validators have the last word.
        #[arg(long)]
        despite_verdict: bool,
    },
    /// Record that a financing was paid back.
    Settle { application: String },
}

impl Command {
    pub(crate) async fn run(self, session: &Session) -> Result<(), CliError> {
        let output = session.output();
        let member = session.member().await?;
        match self {
            Self::Apply { ucr, value, currency, bank, force } => {
                let amount = Amount { value, currency };
                let order = Application { ucr, amount, bank: bank.clone(), force };
                let applied = member.financing().apply(&order).await?;
                let shown = serde_json::json!({
                    "application": applied.application, "verdict": applied.verdict,
                });
                output.result(&shown, |_| {
                    format!("application {} at {bank}: {}", applied.application, applied.verdict)
                });
            }
            Self::List => {
                let applications = member.financing().applications().await?;
                output.result(&applications, |applications| {
                    serde_json::to_string_pretty(applications).unwrap_or_default()
                });
            }
            Self::Register { application, despite_verdict } => {
                let financing = member.financing();
                let done = financing.register_application(&application, despite_verdict).await?;
                output.result(&done, |done| {
                    format!("registered and disbursed in block {}", done.height)
                });
            }
            Self::Settle { application } => {
                let done = member.financing().settle_application(&application).await?;
                output.result(&done, |done| format!("settled in block {}", done.height));
            }
        }
        Ok(())
    }
}
