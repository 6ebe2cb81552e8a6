from . import portal_links
from . import portal_history
from . import portal_products
from . import portal_track
from . import portal_return_request, portal_returns
from . import portal_withdrawal
from . import portal_guest
from . import portal_register
from . import portal_transfer
from . import portal_feedback
from . import portal_cases
from . import portal_preferences
from . import portal_followup
