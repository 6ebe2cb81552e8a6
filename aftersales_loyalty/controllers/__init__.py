from . import portal_friend
from . import portal_loyalty
