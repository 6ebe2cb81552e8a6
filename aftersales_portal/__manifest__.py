{
    "name": "After-Sales Portal",
    "summary": "Customers ask for returns and follow them to the money",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "After-Sales contributors",
    "license": "LGPL-3",
    "depends": [
        "aftersales_crm",
    ],
    "data": [],
}
