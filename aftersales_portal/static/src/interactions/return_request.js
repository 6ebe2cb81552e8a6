import { Interaction } from "@web/public/interaction";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * Makes the return form quick on a phone: steppers, and only what the choices so far
 * leave open. Without it the whole form is there and works.
 */
export class ReturnRequest extends Interaction {
    static selector = ".o_aftersales_return_request";
    dynamicContent = {
        ".o_aftersales_stepper button": {
            "t-on-click": this.onStep,
            "t-att-class": () => ({ "d-none": false }),
        },
        ".o_aftersales_stepper input": { "t-on-input": this.onChange },
        "select[name^=reason-]": { "t-on-change": this.onChange },
        "input[type=file]": { "t-on-change": this.onPhotos },
    };

    start() {
        // What the browser refuses need not be sent, and costs the customer no photo.
        this.el.noValidate = false;
        this.el.querySelectorAll(".o_aftersales_row").forEach((row) => this.refresh(row));
    }

    onStep(ev) {
        const input = ev.currentTarget.closest(".o_aftersales_stepper").querySelector("input");
        const wanted = (parseFloat(input.value) || 0) + Number(ev.currentTarget.dataset.step);
        input.value = Math.min(Math.max(wanted, 0), parseFloat(input.max));
        this.refresh(input.closest(".o_aftersales_row"));
    }

    onChange(ev) {
        this.refresh(ev.currentTarget.closest(".o_aftersales_row"));
    }

    onPhotos(ev) {
        const input = ev.currentTarget;
        const megabytes = Number(this.el.dataset.photoMegabytes);
        const large = [...input.files].find((file) => file.size > megabytes * 1024 * 1024);
        input.setCustomValidity(large ? _t("%(name)s is larger than %(megabytes)s MB.", { name: large.name, megabytes }) : "");
        input.reportValidity();
    }

    refresh(row) {
        const quantity = row.querySelector(".o_aftersales_stepper input");
        if (!quantity) {
            return;
        }
        const isChosen = parseFloat(quantity.value) > 0;
        const details = row.querySelector(".o_aftersales_row_details");
        details.classList.toggle("d-none", !isChosen);
        // Only what comes back is sent: a server takes so many fields and no more.
        details.disabled = !isChosen;
        const reason = row.querySelector("select[name^=reason-]");
        reason.required = isChosen;
        const { basis, photo, remedies } = reason.selectedOptions[0].dataset;
        for (const term of row.querySelectorAll(".o_aftersales_terms li")) {
            term.classList.toggle("d-none", isChosen && Boolean(basis) && term.dataset.basis !== basis);
            term.querySelector(".o_aftersales_cost").classList.toggle("d-none", !isChosen);
        }
        row.querySelector(".o_aftersales_photo_hint")?.classList.toggle("d-none", Boolean(basis) && !photo);
        this.refreshRemedies(row, remedies);
    }

    refreshRemedies(row, remedies) {
        const select = row.querySelector("select[name^=remedy-]");
        if (!select) {
            return;
        }
        const offered = remedies ? remedies.split(",") : [];
        for (const option of select.options) {
            option.hidden = option.disabled = Boolean(option.value) && !offered.includes(option.value);
        }
        if (select.selectedOptions[0]?.disabled) {
            select.value = "";
        }
        select.closest(".o_aftersales_remedy").classList.toggle("d-none", offered.length < 2);
    }
}

registry.category("public.interactions").add("aftersales_portal.return_request", ReturnRequest);
