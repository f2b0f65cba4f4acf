"""The managed data identifiers of CloudWatch Logs.

Source: Amazon CloudWatch Logs User Guide, "CloudWatch Logs managed data identifiers for
sensitive data types", November 2026. Those of a country end with its code.
"""

from collections.abc import Mapping

OF_ANY_COUNTRY = (
    *("Address", "AwsSecretKey", "CreditCardExpiration", "CreditCardNumber"),
    *("CreditCardSecurityCode", "DateOfBirth", "EmailAddress", "IpAddress", "LatLong", "Name"),
    *("OpenSshPrivateKey", "PgpPrivateKey", "PkcsPrivateKey", "PuttyPrivateKey"),
    "VehicleIdentificationNumber",
)
COUNTRIES: Mapping[str, str] = {
    "BankAccountNumber": "DE ES FR GB IT US",
    "CepCode": "BR",
    "Cnpj": "BR",
    "CpfCode": "BR",
    "DriversLicense": (
        "AT AU BE BG CA CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI "
        "SK US"
    ),
    "DrugEnforcementAgencyNumber": "US",
    "ElectoralRollNumber": "GB",
    "HealthInsuranceCardNumber": "EU",
    "HealthInsuranceClaimNumber": "US",
    "HealthInsuranceNumber": "FR",
    "HealthcareProcedureCode": "US",
    # The guide spells it both ways.
    "IndividualTaxIdentificationNumber": "US",
    "IndividualTaxIdenticationNumber": "US",
    "InseeCode": "FR",
    "MedicareBeneficiaryNumber": "US",
    "NationalDrugCode": "US",
    "NationalIdentificationNumber": "DE ES IT",
    "NationalInsuranceNumber": "GB",
    "NationalProviderId": "US",
    "NhsNumber": "GB",
    "NieNumber": "ES",
    "NifNumber": "ES",
    "PassportNumber": "CA DE ES FR GB IT US",
    "PermanentResidenceNumber": "CA",
    "PersonalHealthNumber": "CA",
    "PhoneNumber": "BR DE ES FR GB IT US",
    "PostalCode": "CA",
    "RgNumber": "BR",
    "SocialInsuranceNumber": "CA",
    "Ssn": "ES US",
    "TaxId": "DE ES FR GB",
    "ZipCode": "US",
}
"""Identifier -> the codes that it can end with."""
NAMES = frozenset(OF_ANY_COUNTRY) | {
    f"{name}-{code}" for name, codes in COUNTRIES.items() for code in codes.split()
}
