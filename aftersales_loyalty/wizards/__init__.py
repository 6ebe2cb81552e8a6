from . import aftersales_loyalty_difference
from . import aftersales_loyalty_grant
from . import aftersales_goodwill
from . import loyalty_wizards
