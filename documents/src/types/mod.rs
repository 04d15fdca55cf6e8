//! The values that trade documents are made of, each checked where it enters.
//!
//! Names and code lists are UN/CEFACT's, ISO's and the WCO's. Every type has one text form, so that
//! equal values give equal bytes in [`crate::fields`]: text in Unicode normalisation form C,
//! decimals without trailing zeros, dates as `YYYY-MM-DD`.

mod amount;
mod container;
mod date;
mod decimal;
mod hs;
mod incoterm;
mod instant;
mod package;
mod party;
mod place;
mod quantity;
mod reference;
mod text;
mod transport;
pub(crate) mod value;

pub use amount::{Amount, Charge, ChargeEffect, ChargePurpose, Currency};
pub use container::{CheckDigit, ContainerNumber, Equipment};
pub use date::{Date, Period};
pub use decimal::{Percent, parse_decimal};
pub use hs::{HsCode, HsDigits, HsEdition};
pub use incoterm::{DeliveryTerms, Incoterm, IncotermsEdition};
pub use instant::Instant;
pub use package::{PackageType, Packaging};
pub use party::{Address, Party, PartyId};
pub use place::{Country, Locode};
pub use quantity::{Mass, Quantity, Unit, Volume};
pub use reference::DocRef;
pub use text::{Number, Text};
pub use transport::{FreightPayment, ImoNumber, TransportMode, Vessel};
pub use value::InvalidValue;

pub(crate) use decimal::parse_xsd_decimal;
