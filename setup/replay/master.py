"""What orders need before they can exist: currency, price list, return policy, customers, products."""

from console import Failure, step

from . import batches
from .connection import Refused

CURRENCY = "GBP"

# Countries that Odoo spells otherwise, by their code there.
COUNTRY_CODES = {
    "EIRE": "IE",
    "Channel Islands": "JE",
    "USA": "US",
    "RSA": "ZA",
    "Czech Republic": "CZ",
    "Hong Kong": "HK",
}
# What the file calls a country and is none.
NO_COUNTRY = ("", "Unspecified", "European Community")


def prepare(connection):
    """Make the currency usable, and give these customers a price list and a return policy of their own.

    The policy has a usual window, no fee, and pays when the goods are back: the file knows no other returns. What
    comes later is goodwill, which an after-sales manager may grant. The shop's own policies stay as they are.

    :return: id of the currency
    """
    with step("currency, price list, return policy"):
        found = connection.call("res.currency", "search", [["name", "=", CURRENCY]], context={"active_test": False})
        if not found:
            raise Failure(f"the server does not know the currency {CURRENCY}")
        connection.call("res.currency", "write", found, {"active": True})
        title, tag = f"Retail history ({CURRENCY})", connection.name("tag")
        _ensure(connection, "res.partner.category", ["id", "name"], ["tag", "Retail history"])
        _ensure(connection, "product.pricelist", ["id", "name", "currency_id/.id"], ["pricelist", title, str(found[0])])
        _ensure(
            connection,
            "aftersales.return.policy",
            ["id", "name", "sequence", "window_days", "fee_type", "refund_timing", "partner_category_ids/id"],
            ["policy", "Retail history", "1", "30", "none", "reception", tag],
        )
    return found[0]


def _ensure(connection, model, columns, row):
    if row[0] not in connection.known(model):
        try:
            connection.load(model, columns, [[connection.name(row[0]), *row[1:]]])
        except Refused as refusal:
            raise Failure(f"{row[1]} ({model}) cannot be created: {refusal}") from None


def create_partners(connection, countries):
    """One customer per number.

    :param dict countries: customer to the country's name
    :return: dict of customer to id
    """
    known = connection.known("res.partner")
    missing = [customer for customer in countries if f"customer_{customer}" not in known]
    codes = _country_ids(connection) if missing else {}
    tag = connection.name("tag")

    def create(customers):
        rows = []
        for customer in customers:
            country = countries[customer]
            number = codes.get(country) or codes.get(COUNTRY_CODES.get(country), "")
            rows.append([connection.name(f"customer_{customer}"), f"Customer {customer}", customer, tag, str(number)])
        connection.load("res.partner", ["id", "name", "ref", "category_id/id", "country_id/.id"], rows)

    _all_or_failure(batches.run("customers", missing, create))
    known = connection.known("res.partner")
    return {customer: known[f"customer_{customer}"] for customer in countries}


def country_notes(connection, countries):
    """Which countries of the file Odoo does not have (list of str, for people)."""
    codes = _country_ids(connection)
    names = set(countries.values()) - set(NO_COUNTRY)
    unknown = sorted(name for name in names if name not in codes and COUNTRY_CODES.get(name) not in codes)
    return [f"customers without a country, because Odoo does not know: {', '.join(unknown)}"] if unknown else []


def _country_ids(connection):
    """Countries by their name and by their code (dict to id)."""
    rows = connection.call("res.country", "search_read", [], ["name", "code"])
    return {row[field]: row["id"] for field in ("code", "name") for row in rows}


def create_products(connection, products):
    """One product per stock code: goods that are not counted, so that they can be sold without stock; no taxes.

    :param dict products: code to (name, price)
    :return: dict of code to id
    """
    known = connection.known("product.product")
    missing = [code for code in products if f"product_{code}" not in known]
    columns = ["id", "default_code", "name", "type", "is_storable", "invoice_policy", "list_price", "taxes_id/id"]

    def create(codes):
        rows = []
        for code in codes:
            name, price = products[code]
            cells = [code, name or code, "consu", "0", "order", str(price), ""]
            rows.append([connection.name(f"product_{code}"), *cells])
        connection.load("product.product", columns, rows)

    _all_or_failure(batches.run("products", missing, create))
    known = connection.known("product.product")
    return {code: known[f"product_{code}"] for code in products}


def _all_or_failure(refused):
    for item, reason in refused.items():
        raise Failure(f"{item} cannot be created: {reason}")
