"""What `aftersales.dock` takes, as JSON Schema."""

from .methods import CONDITIONS, PHOTO, array, flag, integer, number, obj, text

ENTRY = obj(
    required=("line_id", "quantity"),
    line_id=integer("Line of the return"),
    quantity=number("Units that are here"),
    lot_id=integer("Serial number"),
    condition=text("What it looks like", enum=CONDITIONS),
    accepted=flag("Taken back"),
    disposition_id=integer("What becomes of it"),
    note=text("What was found"),
    photos=array(PHOTO, "Photos"),
)
ITEM = obj(
    required=("quantity",),
    product_id=integer("Product, where it is known"),
    name=text("What it is, where no product is known"),
    quantity=number("Units that are here"),
    condition=text("What it looks like", enum=CONDITIONS),
    note=text("What was found"),
    photos=array(PHOTO, "Photos"),
)
CONFIRM = obj(
    required=("rma_id", "token"),
    rma_id=integer("The return"),
    token=text("Unique for this parcel: the same again changes nothing"),
    entries=array(ENTRY, "Announced goods that are here"),
    unannounced=array(ITEM, "What else was in the parcel"),
)
