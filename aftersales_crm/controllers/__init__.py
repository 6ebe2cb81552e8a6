from . import customer_record
