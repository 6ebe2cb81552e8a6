from . import aftersales_rma_receive
from . import aftersales_rma_reject
from . import aftersales_rma_request
from . import aftersales_setup
from . import aftersales_simulation
from . import aftersales_warranty_void
from . import base_partner_merge
from . import stock_return_picking
