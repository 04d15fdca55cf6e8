//! WCO pointers: the tags by which customs software names an element of a declaration.
//!
//! The pointer `42A/67A/68A[1]/23A/21A/145` leads from the declaration to the goods shipment, its
//! first item, the commodity, its classification and there to the code. Tags are those of the WCO
//! Data Model 3.6.

/// The pointer to an element given by its path below `Declaration`.
///
/// An element that the table does not know keeps its name, so that the pointer still leads
/// somewhere.
///
/// ```
/// use hansa_contracts::confidential::pointer::wco_pointer;
/// let element = "GoodsShipment/GovernmentAgencyGoodsItem[1]/Commodity/Classification/ID";
/// assert_eq!(wco_pointer(element), "42A/67A/68A[1]/23A/21A/145");
/// ```
pub fn wco_pointer(element: &str) -> String {
    let mut pointer = String::from("42A");
    let mut class = "Declaration";
    for segment in element.split('/') {
        let (name, index) = match segment.find('[') {
            Some(place) => segment.split_at(place),
            None => (segment, ""),
        };
        pointer.push('/');
        pointer.push_str(tag(class, name));
        pointer.push_str(index);
        class = name;
    }
    pointer
}

fn tag<'a>(class: &str, name: &'a str) -> &'a str {
    let field = FIELDS.iter().find(|(of, field, _)| *field == name && (*of == class || *of == "*"));
    let class = || CLASSES.iter().find(|(class, _)| *class == name).map(|(_, tag)| *tag);
    field.map(|(_, _, tag)| *tag).or_else(class).unwrap_or(name)
}

const CLASSES: &[(&str, &str)] = &[
    ("AdditionalDocument", "02A"),
    ("Address", "04A"),
    ("Agent", "05A"),
    ("ArrivalTransportMeans", "10A"),
    ("BorderTransportMeans", "15A"),
    ("Carrier", "18A"),
    ("Classification", "21A"),
    ("TradeTerms", "22B"),
    ("Commodity", "23A"),
    ("Consignee", "27A"),
    ("Consignment", "28A"),
    ("TransportEquipment", "31B"),
    ("UCR", "35B"),
    ("ValuationAdjustment", "39B"),
    ("CustomsValuation", "41A"),
    ("Seal", "44B"),
    ("DepartureTransportMeans", "46A"),
    ("DutyTaxFee", "50A"),
    ("ExitOffice", "56A"),
    ("Exporter", "57A"),
    ("Declarant", "57B"),
    ("ChargeDeduction", "58B"),
    ("Freight", "62A"),
    ("GoodsLocation", "64A"),
    ("GoodsMeasure", "65A"),
    ("GoodsShipment", "67A"),
    ("GovernmentAgencyGoodsItem", "68A"),
    ("GovernmentProcedure", "70A"),
    ("Importer", "74A"),
    ("InvoiceLine", "79A"),
    ("Itinerary", "81A"),
    ("LoadingLocation", "83A"),
    ("ObligationGuarantee", "90A"),
    ("Origin", "92A"),
    ("Packaging", "93A"),
    ("ExportCountry", "95B"),
    ("PreviousDocument", "99A"),
    ("Destination", "99B"),
];

/// Class, field, tag; the class `*` stands for every class.
const FIELDS: &[(&str, &str, &str)] = &[
    ("Declaration", "FunctionCode", "017"),
    ("Declaration", "FunctionalReferenceID", "D026"),
    ("Declaration", "TypeCode", "D013"),
    ("Declaration", "GoodsItemQuantity", "228"),
    ("Declaration", "InvoiceAmount", "109"),
    ("Declaration", "TotalGrossMassMeasure", "131"),
    ("Declaration", "TotalPackageQuantity", "146"),
    ("*", "SequenceNumeric", "006"),
    ("AdditionalDocument", "CategoryCode", "D031"),
    ("AdditionalDocument", "ID", "D005"),
    ("AdditionalDocument", "TypeCode", "D006"),
    ("Address", "CityName", "241"),
    ("Address", "CountryCode", "242"),
    ("Address", "Line", "239"),
    ("Address", "PostcodeID", "245"),
    ("Agent", "FunctionCode", "102"),
    ("Agent", "ID", "R004"),
    ("Agent", "Name", "R003"),
    ("ArrivalTransportMeans", "ID", "T002"),
    ("ArrivalTransportMeans", "IdentificationTypeCode", "T034"),
    ("BorderTransportMeans", "ID", "T006"),
    ("BorderTransportMeans", "Name", "T005"),
    ("BorderTransportMeans", "IdentificationTypeCode", "T018"),
    ("BorderTransportMeans", "RegistrationNationalityCode", "T014"),
    ("BorderTransportMeans", "ModeCode", "T022"),
    ("Carrier", "ID", "R012"),
    ("Carrier", "Name", "R011"),
    ("ChargeDeduction", "ChargesTypeCode", "371"),
    ("ChargeDeduction", "OtherChargeDeductionAmount", "181"),
    ("Classification", "ID", "145"),
    ("Commodity", "Description", "137"),
    ("Consignee", "ID", "R015"),
    ("Consignee", "Name", "R014"),
    ("Consignment", "ContainerCode", "096"),
    ("CustomsValuation", "MethodCode", "122"),
    ("Declarant", "ID", "R123"),
    ("Declarant", "Name", "R124"),
    ("DepartureTransportMeans", "ID", "T004"),
    ("DepartureTransportMeans", "IdentificationTypeCode", "T029"),
    ("Destination", "CountryCode", "465"),
    ("DutyTaxFee", "DutyRegimeCode", "164"),
    ("DutyTaxFee", "TypeCode", "113"),
    ("ExitOffice", "ID", "G005"),
    ("ExportCountry", "ID", "062"),
    ("Exporter", "ID", "R032"),
    ("Exporter", "Name", "R031"),
    ("Freight", "PaymentMethodCode", "098"),
    ("GoodsLocation", "ID", "L017"),
    ("GoodsLocation", "Name", "L016"),
    ("GoodsMeasure", "GrossMassMeasure", "126"),
    ("GoodsMeasure", "NetNetWeightMeasure", "128"),
    ("GoodsMeasure", "TariffQuantity", "130"),
    ("GoodsShipment", "TransactionNatureCode", "103"),
    ("GovernmentAgencyGoodsItem", "StatisticalValueAmount", "114"),
    ("GovernmentProcedure", "CurrentCode", "166"),
    ("GovernmentProcedure", "PreviousCode", "161"),
    ("Importer", "ID", "R038"),
    ("Importer", "Name", "R037"),
    ("InvoiceLine", "ItemChargeAmount", "112"),
    ("Itinerary", "RoutingCountryCode", "064"),
    ("LoadingLocation", "ID", "L010"),
    ("ObligationGuarantee", "ReferenceID", "100"),
    ("Origin", "CountryCode", "063"),
    ("Origin", "TypeCode", "501"),
    ("Packaging", "MarksNumbersID", "142"),
    ("Packaging", "QuantityQuantity", "144"),
    ("Packaging", "TypeCode", "141"),
    ("PreviousDocument", "ID", "D018"),
    ("PreviousDocument", "TypeCode", "D019"),
    ("Seal", "ID", "165"),
    ("TradeTerms", "ConditionCode", "090"),
    ("TradeTerms", "LocationID", "L002"),
    ("TransportEquipment", "ID", "159"),
    ("UCR", "ID", "016"),
    ("ValuationAdjustment", "AdditionCode", "188"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confidential::derive;

    #[test]
    fn pointers_follow_the_data_model() {
        assert_eq!(wco_pointer("TypeCode"), "42A/D013");
        assert_eq!(
            wco_pointer("GoodsShipment/GovernmentAgencyGoodsItem[2]/Packaging[1]/TypeCode"),
            "42A/67A/68A[2]/93A[1]/141"
        );
        assert_eq!(wco_pointer("Unknown/ID"), "42A/Unknown/ID");
    }

    #[test]
    fn every_rule_has_a_pointer_of_tags_only() {
        for rule in derive::rules() {
            let pointer = wco_pointer(rule.element);
            let last = pointer.rsplit('/').next().unwrap_or_default();
            assert!(last.bytes().any(|byte| byte.is_ascii_digit()), "{}: {pointer}", rule.element);
        }
    }
}
