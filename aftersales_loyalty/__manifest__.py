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
    "data": [
        "security/ir.model.access.csv",
        "security/aftersales_loyalty_rules.xml",
        "data/ir_cron_data.xml",
        "data/loyalty_expiry_data.xml",
        "report/loyalty_statement_report.xml",
        "views/portal_loyalty_templates.xml",
        "views/portal_loyalty_statement_templates.xml",
        "views/sale_order_portal_templates.xml",
        "security/aftersales_loyalty_tier_rules.xml",
        "data/ir_cron_tier_data.xml",
        "data/mail_tier_data.xml",
        "views/aftersales_loyalty_tier_views.xml",
        "views/aftersales_loyalty_bonus_views.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "aftersales_loyalty/static/src/interactions/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
}
