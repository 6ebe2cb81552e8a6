{
    "name": "After-Sales Loyalty",
    "summary": "Loyalty points that survive returns",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "After-Sales contributors",
    "license": "LGPL-3",
    "depends": [
        "aftersales_crm",
        "sale_loyalty",
    ],
}
