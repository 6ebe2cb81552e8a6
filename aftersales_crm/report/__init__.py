from . import aftersales_fiscal_register
from . import aftersales_goodwill_report
from . import aftersales_return_report
from . import aftersales_visit_report
