from . import aftersales_fiscal_register
from . import aftersales_return_report
