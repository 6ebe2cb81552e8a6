from . import aftersales_rma, sale_order
