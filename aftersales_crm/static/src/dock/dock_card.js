import { Component, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";
import { readPhoto } from "./photo";

// More is a barcode that was scanned into the field.
const LARGEST_QUANTITY = 99999;

/** Some units on the table: how many, in which condition, and what becomes of them. */
export class DockCard extends Component {
    static template = "aftersales_crm.DockCard";
    static props = {
        card: Object,
        parcel: Object,
        options: Object,
        onChange: Function,
    };

    setup() {
        this.notification = useService("notification");
        this.card = useState(this.props.card);
        this.parcel = useState(this.props.parcel);
    }

    get isActive() {
        return this.parcel.active === this.card;
    }

    get isComplete() {
        const { card, parcel } = this;
        return card.line && parcel.isOpen && parcel.countedOf(card.line) === card.line.open;
    }

    get isExtra() {
        return this.parcel.isExtra(this.card);
    }

    get tone() {
        const { card } = this;
        if (!card.line || this.isExtra || (card.quantity && !card.accepted)) {
            return "border-warning";
        }
        return this.isComplete ? "border-success" : "";
    }

    get isOtherLot() {
        const { lot, line } = this.card;
        return lot && line?.lots.every((each) => each.id !== lot.id);
    }

    activate() {
        this.parcel.active = this.card;
        this.props.onChange();
    }

    add(quantity) {
        const { card, parcel } = this;
        parcel.add(card, quantity);
        if (!card.line && !card.quantity) {
            parcel.remove(card);
        }
        this.props.onChange();
    }

    setQuantity(ev) {
        const value = parseFloat(ev.target.value.replace(",", "."));
        if (value > LARGEST_QUANTITY) {
            this.notification.add(_t("%s is no quantity.", ev.target.value), { type: "danger" });
            ev.target.value = this.card.quantity;
        } else {
            this.add((value >= 0 ? value : 0) - this.card.quantity);
        }
    }

    split() {
        this.parcel.split(this.card);
        this.props.onChange();
    }

    chooseCondition(condition) {
        const { card } = this;
        card.condition = card.condition === condition.code ? false : condition.code;
        if (card.line && !card.line.repair) {
            card.disposition = card.condition ? condition.disposition : card.line.disposition;
        }
        this.count();
    }

    toggleAccepted() {
        const { card } = this;
        card.accepted = !card.accepted;
        this.count();
    }

    chooseDisposition(disposition) {
        this.card.disposition = disposition.id;
        this.count();
    }

    /** Who says what a thing looks like has it in hand. */
    count() {
        const { card, parcel } = this;
        if (!card.quantity) {
            parcel.add(card, card.line.tracking === "serial" ? 1 : card.line.open);
        }
        this.props.onChange();
    }

    chooseLot(ev) {
        const { card } = this;
        card.lot = card.line.lots.find((lot) => lot.id === Number(ev.target.value)) || false;
        this.count();
    }

    async addPhotos(ev) {
        const files = [...ev.target.files];
        ev.target.value = "";
        for (const file of files) {
            try {
                this.card.photos.push(await readPhoto(file));
            } catch {
                this.notification.add(_t("%s cannot be read.", file.name), { type: "danger" });
            }
        }
        if (this.card.line) {
            this.count();
        }
    }

    removePhoto(photo) {
        const { photos } = this.card;
        photos.splice(photos.indexOf(photo), 1);
    }
}
