"""Writes examples.csv: Google's own example of a mobile number for every territory that has one.

    pip install phonenumbers==9.0.43 && python3 examples.py > examples.csv

Columns: the territory (ISO 3166), the number in E.164, the number as it is dialled there.
"""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

print("territory,e164,national")
for territory in sorted(phonenumbers.SUPPORTED_REGIONS):
    number = phonenumbers.example_number_for_type(territory, PhoneNumberType.MOBILE)
    if number is None:
        continue
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    print(f"{territory},{e164},{national}")
