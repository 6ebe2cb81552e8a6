import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Keeps an impatient tap from sending a form twice. */
export class SubmitOnce extends Interaction {
    static selector = "form.o_aftersales_once";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
    };

    onSubmit() {
        // Also those that stand elsewhere on the page.
        const buttons = [...this.el.elements].filter((element) => element.type === "submit");
        // A button that is off is left out of the form: it has to be on until the form is read.
        this.waitForTimeout(() => buttons.forEach((button) => (button.disabled = true)), 0);
        // A way back to the page out of the browser's memory finds the buttons alive.
        this.addListener(window, "pageshow", () => buttons.forEach((button) => (button.disabled = false)));
    }
}

registry.category("public.interactions").add("aftersales_portal.submit_once", SubmitOnce);
