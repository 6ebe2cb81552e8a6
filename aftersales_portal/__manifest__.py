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
    "data": [
        "security/ir.model.access.csv",
        "data/aftersales_reason_data.xml",
        "data/ir_actions_server_data.xml",
        "views/portal_accessibility_templates.xml",
        "report/warranty_certificate_report.xml",
        "views/portal_products_templates.xml",
        "views/portal_track_templates.xml",
        "views/portal_returns_templates.xml",
        "views/portal_return_templates.xml",
        "views/portal_return_request_templates.xml",
        "views/aftersales_reason_views.xml",
        "views/res_config_settings_views.xml",
        "views/res_config_settings_account_views.xml",
        "views/sale_order_templates.xml",
        "views/portal_withdrawal_templates.xml",
        "data/aftersales_guest_data.xml",
        "views/portal_guest_templates.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "aftersales_portal/static/src/interactions/**/*",
            "aftersales_portal/static/src/scss/**/*",
        ],
        "web.assets_tests": [
            "aftersales_portal/static/tests/tours/**/*",
        ],
    },
}
