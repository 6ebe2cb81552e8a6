from . import aftersales_link_mixin, ir_attachment, mail_thread
from . import aftersales_event
from . import aftersales_owned, aftersales_warranty, product_product, res_company_account, res_config_settings_account
from . import aftersales_reason, aftersales_remedy_type
from . import aftersales_rma, sale_order, sale_order_link
from . import sale_order_track, sale_order_terms
from . import res_company_returns, res_config_settings_returns
from . import aftersales_withdrawal, res_company_withdrawal, sale_order_withdrawal
from . import aftersales_attempt, aftersales_guest_request
from . import stock_picking
from . import aftersales_rma_account, aftersales_rma_choice, aftersales_rma_timeline
from . import (
    aftersales_warranty_facts,
    aftersales_warranty_register,
    product_product_register,
    res_company_register,
    res_config_settings_register,
)
from . import aftersales_warranty_transfer
from . import aftersales_feedback
from . import aftersales_case, product_template, res_company_cases, res_config_settings_cases, sale_order_case
from . import res_partner_followup
