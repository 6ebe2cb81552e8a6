from . import aftersales_demo
from . import aftersales_demo_service
from . import aftersales_demo_training
