const split = (text) => (text ? text.split(",") : []);

/** One product in the form of a return: its fields, and what of them is shown. */
export class ReturnRow {
    constructor(el) {
        this.el = el;
        this.key = el.dataset.key;
        this.reason = this.find("select[name^=reason-]");
        this.input = this.find(".o_aftersales_stepper input");
        this.details = this.find(".o_aftersales_row_details");
    }

    find(selector) {
        return this.el.querySelector(selector);
    }

    toggle(selector, isShown) {
        this.el.querySelectorAll(selector).forEach((el) => el.classList.toggle("d-none", !isShown));
    }

    get quantity() {
        return parseFloat(this.input.value) || 0;
    }

    get most() {
        return parseFloat(this.input.max);
    }

    /** What follows from the reason that was chosen: the data of its option. */
    get option() {
        return this.reason.selectedOptions[0].dataset;
    }

    get remedy() {
        return this.find(".o_aftersales_remedy input:checked:not(:disabled)");
    }

    /** The right or rule that gives the solution that was chosen. */
    get basis() {
        const { basis, bases } = this.option;
        const found = split(bases).find((pair) => pair.split(":")[0] === this.remedy?.value);
        return found ? found.split(":")[1] : basis;
    }

    setQuantity(quantity) {
        this.input.value = Math.min(quantity, this.most);
    }

    /** Take the fields over from the page without scripts. */
    begin(matter) {
        this.toggle(".o_aftersales_reason", false);
        this.toggle(".o_aftersales_stepper button", true);
        this.toggle(".o_aftersales_matter, .o_aftersales_remove", true);
        if (this.quantity && !this.reason.value) {
            this.choose(matter);
        }
    }

    allows(matter) {
        const option = [...this.reason.options].find((option) => option.value === matter);
        return Boolean(option) && !option.disabled;
    }

    choose(matter) {
        if (!this.allows(matter)) {
            this.setQuantity(0);
            return;
        }
        this.reason.value = matter;
        this.setQuantity(this.quantity || 1);
        const checked = this.find(".o_aftersales_remedy input:checked");
        if (!checked || !split(this.option.remedies).includes(checked.value)) {
            const proposed = this.find(`.o_aftersales_remedy input[value="${this.option.remedy}"]`);
            if (proposed) {
                proposed.checked = true;
            }
        }
    }

    // === What is shown === //

    /** One product of those that may be meant. */
    offer(matter) {
        this.el.classList.remove("d-none");
        this.details.disabled = true;
        this.toggle(".o_aftersales_row_details, .o_aftersales_stepper", false);
        this.toggle(".o_aftersales_choose", this.allows(matter));
        this.tellRefusals(matter);
    }

    /** What there is to say about a product that was chosen. */
    ask() {
        const isChosen = this.quantity > 0;
        this.el.classList.toggle("d-none", !isChosen);
        // Only what was chosen is sent: a server takes so many fields and no more.
        this.details.disabled = !isChosen;
        this.toggle(".o_aftersales_row_details", isChosen);
        this.toggle(".o_aftersales_stepper", this.most !== 1);
        this.toggle(".o_aftersales_choose, .o_aftersales_refusals", false);
        const { photo, photoRequired, seal } = this.option;
        this.find(".o_aftersales_matter span").textContent = this.reason.selectedOptions[0].textContent;
        this.askRemedies(split(this.option.remedies));
        this.tellTerms();
        this.askOnly(".o_aftersales_photos", Boolean(photo));
        this.toggle(".o_aftersales_photo_hint", Boolean(photoRequired));
        this.askOnly(".o_aftersales_seal", Boolean(seal));
        this.el.querySelectorAll(".o_aftersales_seal input").forEach((input) => (input.required = Boolean(seal)));
    }

    askOnly(selector, isAsked) {
        this.toggle(selector, isAsked);
        this.el.querySelectorAll(`${selector} input`).forEach((input) => (input.disabled = !isAsked));
    }

    askRemedies(offered) {
        for (const input of this.el.querySelectorAll(".o_aftersales_remedy input")) {
            input.disabled = !offered.includes(input.value);
            input.parentElement.classList.toggle("d-none", input.disabled);
        }
        this.toggle(".o_aftersales_remedy", offered.length > 0);
        this.toggle(".o_aftersales_remedy_title", false);
    }

    tellTerms() {
        for (const term of this.el.querySelectorAll(".o_aftersales_terms li")) {
            term.classList.toggle("d-none", term.dataset.basis !== this.basis);
        }
        for (const order of this.el.querySelectorAll(".o_aftersales_order")) {
            order.classList.toggle("d-none", !split(order.dataset.reasons).includes(this.reason.value));
        }
    }

    tellRefusals(matter) {
        const isRefused = !this.allows(matter);
        this.toggle(".o_aftersales_refusals", isRefused);
        for (const refusal of this.el.querySelectorAll(".o_aftersales_refusals li")) {
            refusal.classList.toggle("d-none", !split(refusal.dataset.reasons).includes(matter));
        }
    }

    tellMoney(words) {
        this.toggle(".o_aftersales_money", Boolean(this.remedy?.dataset.money));
        this.el.querySelectorAll(".o_aftersales_amount").forEach((el) => (el.textContent = words));
    }

    /**
     * What comes back for the units.
     *
     * @param {boolean} bearsWayBack whether what the way back costs is taken off here
     * @param {number} digits of the currency
     */
    amount(bearsWayBack, digits) {
        const round = (value) => Number(value.toFixed(digits));
        const paid = round((Number(this.el.dataset.paid) * this.quantity) / Number(this.el.dataset.units));
        const term = this.find(`.o_aftersales_terms li[data-basis="${this.basis}"]`)?.dataset || {};
        let fee = term.feePercent ? (paid * Number(term.feePercent)) / 100 : Number(term.fee || 0) * this.quantity;
        fee += bearsWayBack ? Number(term.wayBack || 0) : 0;
        return round(Math.max(paid - fee, 0));
    }

    // === What is kept === //

    answers() {
        const value = (selector) => this.find(selector)?.value;
        return {
            quantity: this.input.value,
            reason: this.reason.value,
            remedy: value(".o_aftersales_remedy input:checked"),
            opened: value(".o_aftersales_seal input:checked"),
            note: value("textarea"),
        };
    }

    restore({ quantity, reason, remedy, opened, note }) {
        if (!this.allows(reason)) {
            return;
        }
        this.setQuantity(Number(quantity) || 0);
        this.reason.value = reason;
        for (const [name, value] of [["remedy", remedy], ["opened", opened]]) {
            const input = this.find(`input[name="${name}-${this.key}"][value="${CSS.escape(value)}"]`);
            if (input) {
                input.checked = true;
            }
        }
        this.find("textarea").value = note || "";
        this.find("details").open = Boolean(note);
    }
}
