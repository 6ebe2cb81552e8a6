from . import aftersales_link_mixin
from . import aftersales_rma, sale_order, sale_order_link
