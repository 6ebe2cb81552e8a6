from . import aftersales_loyalty_report
from . import aftersales_loyalty_overview
